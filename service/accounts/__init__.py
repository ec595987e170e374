"""Who may do what, and what they subscribed to: `accounts.db`, apart from the index.

None of it can be rebuilt from git: back it up.
"""

from service.accounts.database import AccountsUnavailable
from service.accounts.held_edits import HeldEdits
from service.accounts.permissions import Forbidden, Gate, Permission, Role, roles_with
from service.accounts.person import Person
from service.accounts.quotas import QuotaExceeded, Quotas
from service.accounts.tokens import Token, Tokens

__all__ = [
    "AccountsUnavailable",
    "Forbidden",
    "Gate",
    "HeldEdits",
    "Permission",
    "Person",
    "QuotaExceeded",
    "Quotas",
    "Role",
    "Token",
    "Tokens",
    "roles_with",
]
