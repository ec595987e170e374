"""The table of roles and permissions."""

import pytest

from service.accounts import Forbidden, Permission, Person, Role, roles_with
from service.accounts.permissions import GRANTS

HOLDERS = {
    Permission.READ_DRAFTS: {"contributor", "editor", "auditor", "admin", "integration"},
    Permission.WRITE_DRAFTS: {"contributor", "editor", "admin", "integration"},
    Permission.REVIEW: {"editor", "admin"},
    Permission.PUBLISH: {"editor", "admin", "integration"},
    Permission.SET_ORIGIN: {"admin", "integration"},
    Permission.MIRROR: {"integration"},
    Permission.REMOVE: {"editor", "admin"},
    Permission.EXPORT: {"editor", "auditor", "admin"},
    Permission.USE_DESK: {"editor", "admin"},
    Permission.MANAGE_TOKENS: {"admin"},
}
KNOWN = {"contributor", "editor", "auditor", "admin", "integration"}


def test_every_role_has_its_permissions() -> None:
    assert GRANTS.keys() == set(Role)


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_held_by_these_of_the_known_roles(permission: Permission) -> None:
    assert roles_with(permission) & KNOWN == HOLDERS[permission]


def test_a_person_may_what_their_role_may() -> None:
    auditor = Person("p1", "Dara", Role.AUDITOR, "t1")
    assert auditor.may(Permission.EXPORT)
    auditor.require(Permission.EXPORT, "export")
    with pytest.raises(Forbidden, match="The role auditor may not publish"):
        auditor.require(Permission.PUBLISH, "publish")
