"""Roles and what each of them may do: one table, which is asked by the permission's name."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"
    INTEGRATION = "integration"
    """Another system, such as the publisher's own, which says what it has published."""


class Gate(StrEnum):
    """How the check for silent edits treats a version that changes facts without explaining them:
    it is held back until readers are told why, recorded at once and flagged for the desk, or not
    checked.
    """

    HOLD = "hold"
    FLAG = "flag"
    OFF = "off"


class Permission(StrEnum):
    READ_DRAFTS = "read-drafts"
    """All revisions and actions, whatever their state, and the log."""
    WRITE_DRAFTS = "write-drafts"
    REVIEW = "review"
    """Approve and reject drafts, comment, and let a repeat of an old value stand."""
    PUBLISH = "publish"
    """Change what the public sees: publish, restore, explain, withdraw, give a story another id."""
    SET_ORIGIN = "set-origin"
    """Say who wrote what one sends, and when."""
    MIRROR = "mirror"
    """Publish without naming the version that it is based on: what one says is live already."""
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
    Role.ADMIN: _EDITOR | {_P.SET_ORIGIN, _P.MANAGE_TOKENS},
    Role.INTEGRATION: _CONTRIBUTOR | {_P.PUBLISH, _P.SET_ORIGIN, _P.MIRROR},
}


class Forbidden(Exception):
    """The role does not have the permission."""


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, granted in GRANTS.items() if permission in granted)
