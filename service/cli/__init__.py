"""The command line: `story-history`."""

from service.cli.commands import main

__all__ = ["main"]
