"""The epoch of shared caches: a word that each removal replaces.

nginx has it in the key of whatever it caches, and reads it anew when it is reloaded: then all that
was cached is left behind, under every address and in every encoding (docs/nginx.conf).
"""

import secrets
from pathlib import Path

from repo_store import durable

FILE = "cache-epoch.conf"


def renew(archive: Path) -> None:
    """Begin a new epoch. StoreError if the archive's disk does not take it."""
    comment = "# Replaced by each removal; nginx reads it when it is reloaded."
    # Random: an epoch never comes back, not even with a restored backup.
    text = f'{comment}\ndefault "{secrets.token_hex(8)}";\n'
    with durable.disk_errors():
        durable.replace(str(archive / FILE), text.encode())
