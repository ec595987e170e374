"""`story-history-check`: runs verify.py, which lies beside this file as the release has it."""

import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent
_FILES = {"--page": "verify.html", "--guide": "VERIFY.txt"}


def main() -> int:
    """Check an export as verify.py does; with `--page` or `--guide`, print where that file is."""
    if len(sys.argv) == 2 and sys.argv[1] in _FILES:
        print(_FOLDER / _FILES[sys.argv[1]])
        return 0
    # Isolated: nothing is loaded from where it is run.
    command = [sys.executable, "-I", str(_FOLDER / "verify.py"), *sys.argv[1:]]
    return subprocess.call(command)  # noqa: S603 our own script; its arguments are the user's
