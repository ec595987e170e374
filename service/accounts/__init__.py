"""Who may do what, and what they asked to be told: `accounts.db`, apart from the index.

Nothing of it is story and nothing can be made anew from git: it is to be backed up.
"""

from service.accounts.tokens import PUBLISHERS, WRITERS, Forbidden, Role, Token, Tokens

__all__ = ["PUBLISHERS", "WRITERS", "Forbidden", "Role", "Token", "Tokens"]
