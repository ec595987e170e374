"""Who acts."""

from dataclasses import dataclass

from repo_store import Author
from repo_store.sameness import caseless
from service.accounts.permissions import GRANTS, Forbidden, Gate, Permission, Role


@dataclass(frozen=True)
class Person:
    """`id`, `name` and `token` are recorded with what they do. Whoever holds several tokens is one
    person; `token` is the id of the one in use, `role` and `gate` are that token's.
    """

    id: str
    name: str
    role: Role
    token: str
    gate: Gate | None = None

    def gate_in(self, archive: Gate) -> Gate:
        """The check that this person's publications meet: the token's own; else an integration's,
        whose texts are live already, flags; else the archive's.
        """
        if self.gate:
            return self.gate
        if self.role is Role.INTEGRATION and archive is Gate.HOLD:
            return Gate.FLAG
        return archive

    @property
    def author(self) -> Author:
        return Author(self.name)

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    def require(self, permission: Permission, verb: str) -> None:
        """Forbidden without the permission, with a message such as “The role auditor may not
        publish.”
        """
        if not self.may(permission):
            raise Forbidden(f"The role {self.role} may not {verb}.")


def name_key(name: str) -> str:
    """The same for two names that a reader takes for one: unlike accents, neither case nor width,
    kinds of space, dash and apostrophe, nor what shows nothing tell two persons apart.
    """
    return " ".join(caseless(name).split())
