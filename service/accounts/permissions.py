"""Roles and what each of them may do: one table, which is asked by the permission's name."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    READ_DRAFTS = "read-drafts"
    """All revisions and actions, whatever their state, and the log."""
    WRITE_DRAFTS = "write-drafts"
    REVIEW = "review"
    """Act on drafts: approve, reject, comment, publish."""
    PUBLISH = "publish"
    """Publish at once, and restore an old version."""
    REMOVE = "remove"
    """Remove texts permanently, for legal reasons."""
    EXPORT = "export"
    USE_DESK = "use-desk"
    """Sign in to the desk, and have a private feed."""
    MANAGE_TOKENS = "manage-tokens"


_P = Permission
_CONTRIBUTOR = frozenset({_P.READ_DRAFTS, _P.WRITE_DRAFTS})
_EDITOR = _CONTRIBUTOR | {_P.REVIEW, _P.PUBLISH, _P.REMOVE, _P.EXPORT, _P.USE_DESK}
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: _CONTRIBUTOR,
    Role.EDITOR: _EDITOR,
    Role.AUDITOR: frozenset({_P.READ_DRAFTS, _P.EXPORT}),
    Role.ADMIN: _EDITOR | {_P.MANAGE_TOKENS},
}


class Forbidden(Exception):
    """The role does not have the permission."""


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, granted in GRANTS.items() if permission in granted)
