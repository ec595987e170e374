"""Who acts."""

import unicodedata
from dataclasses import dataclass

import regex

from repo_store import Author
from service.accounts.permissions import GRANTS, Forbidden, Permission, Role

# Characters that show nothing; U+2800 is a Braille pattern without dots.
_BLANK = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+")


@dataclass(frozen=True)
class Person:
    """`id`, `name` and `token` are recorded with what they do. Whoever holds several tokens is one
    person; `token` is the id of the one in use, and `role` is that token's.
    """

    id: str
    name: str
    role: Role
    token: str

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
    """The same for two names that a reader takes for one: case, width, spaces, and characters that
    show nothing do not tell two persons apart.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    # Once more, since what showed nothing may have kept a letter and its accent apart.
    shown = unicodedata.normalize("NFKC", _BLANK.sub("", folded))
    return " ".join(shown.split())
