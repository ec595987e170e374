"""The pages of an export: differences as redlines, and a report that a judge can read and print.

Each stands alone: its style is in it, it needs no script and no network.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from repo_store import Content, Revision
from service.audit.keys import PublicKey
from service.audit.snapshot import StorySnapshot
from service.comparison import page_of
from service.diffing import compare
from service.diffing.render.labels import counted, fact_kind, section_name
from service.present.diff_view import DiffView, diff_view
from service.present.times import readable, rfc3339
from service.present.wording import describe, ground

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Proven(NamedTuple):
    """What a report says of the checkpoint that it stands on."""

    size: int
    root: str
    key: PublicKey
    stamped: bool


@cache
def environment() -> Environment:
    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("service.audit.export"), PackageLoader("service.present")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        counted=counted,
        exact_time=readable,
        fact_kind=fact_kind,
        ground=ground,
        machine_time=rfc3339,
        section_name=section_name,
        describe=describe,
    )
    source, _, _ = made.loader.get_source(made, "sheet.css") if made.loader else ("", "", "")
    made.globals["css"] = Markup(source)  # noqa: S704 a file of our own
    return made


def _page(name: str, **values: object) -> bytes:
    return environment().get_template(name).render(**values).encode()


class Step(NamedTuple):
    """A version and what it changed. `view` is None where there is nothing to compare it with,
    `content` where it was removed.
    """

    before: Revision | None
    version: Revision
    content: Content | None
    view: DiffView | None


def steps(versions: list[tuple[Revision, Content | None]]) -> Iterator[Step]:
    """Each version against the one before, in their order; no content: it was removed."""
    before: tuple[Revision, Content | None] | None = None
    for version, content in versions:
        view = None
        if content and before and before[1]:
            view = diff_view(compare(page_of(before[1]), page_of(content)))
        yield Step(before and before[0], version, content, view)
        before = (version, content)


def redline(step: Step) -> bytes:
    """A difference as a page of its own."""
    return _page(
        "redline.html",
        story=step.version.story,
        title=step.content.title if step.content else "",
        old=step.before,
        new=step.version,
        view=step.view,
    )


def head(story: StorySnapshot, title: str, proven: Proven) -> bytes:
    """The report down to where the versions' changes begin."""
    return _page("report_head.html", told=story, title=title or story.story, **proven._asdict())


def section(step: Step, until: datetime | None) -> bytes:
    return _page(
        "report_version.html",
        version=step.version,
        until=until,
        view=step.view,
        content=step.content,
        before=step.before,
    )


FOOT = b"</main></body></html>\n"


def browser() -> str | None:
    """A Chromium that can print, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def printed(page: bytes) -> bytes:
    """A page as PDF, by Chromium. OSError if it fails."""
    found = browser()
    if found is None:
        raise OSError("there is no Chromium here to print with")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_bytes(page)
        command = [
            found,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=300, check=False)  # noqa: S603 a path of ours
        if done.returncode or not target.exists():
            raise OSError(f"Chromium could not print: exit code {done.returncode}")
        return target.read_bytes()
