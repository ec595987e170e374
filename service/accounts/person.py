"""Who acts."""

from dataclasses import dataclass

from repo_store import Author
from service.accounts.permissions import GRANTS, Forbidden, Permission, Role


@dataclass(frozen=True)
class Person:
    """`id` and `name` are recorded with what they write; the id is that of their token."""

    id: str
    name: str
    role: Role

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
