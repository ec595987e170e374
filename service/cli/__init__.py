"""The command line: `story-history`."""

import shutil
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run a command, if there is the git that every command needs."""
    if shutil.which("git") is None:
        sys.stderr.write("story-history: git is not installed, or not on the PATH\n")
        sys.exit(2)
    from service.cli.commands import main as run  # GitPython cannot even be imported without git

    run()
