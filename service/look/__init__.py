"""The paper's own look, as the settings say it: its name, logo, colour, style sheet and footer.

Read and checked once, when the server starts. What the pages load of it, and the text face, are
assets: bytes under an address that holds their hash.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from font_source_serif_pro import font_directory

from service.config import ConfigError, Settings
from service.look.colours import accents
from service.look.images import NoImage, media_type_and_size

LARGEST = 100 * 1024
"""Bytes of a logo or a style sheet: each page loads both."""
FACES = {
    "serif.ttf": "SourceSerifPro-Regular.ttf",
    "serif-semibold.ttf": "SourceSerifPro-Semibold.ttf",
    "serif-italic.ttf": "SourceSerifPro-It.ttf",
}
"""The text face: files of the package, by what they are called here. `style.css` names them."""


@dataclass(frozen=True)
class Asset:
    name: str
    media_type: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        return sha256(self.data).hexdigest()[:12]


@dataclass(frozen=True)
class Logo:
    """`width`, `height`: in pixels, so that pages leave room for it before it is loaded."""

    asset: Asset
    width: int
    height: int


@dataclass(frozen=True)
class Look:
    """`sheet`: the style sheet that pages load after ours, if there is anything in it."""

    name: str
    footer: str
    links: tuple[tuple[str, str], ...]
    logo: Logo | None
    sheet: Asset | None

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """By name, the faces included."""
        own = [self.logo.asset if self.logo else None, self.sheet]
        return {each.name: each for each in (*faces(), *own) if each}


def look_of(settings: Settings) -> Look:
    """Raises ConfigError, which names the setting, if a file or a colour cannot be used."""
    rules = [_colour_rule(settings.colour)] if settings.colour else []
    if settings.style:
        rules.append(_text("STORY_HISTORY_STYLE", settings.style))
    return Look(
        name=settings.name,
        footer=settings.footer,
        links=settings.links,
        logo=_logo("STORY_HISTORY_LOGO", settings.logo) if settings.logo else None,
        sheet=_sheet(rules) if rules else None,
    )


@cache
def faces() -> tuple[Asset, ...]:
    folder = Path(font_directory)
    return tuple(
        Asset(name, "font/ttf", (folder / file).read_bytes()) for name, file in FACES.items()
    )


def _sheet(rules: Iterable[str]) -> Asset:
    return Asset("paper.css", "text/css; charset=utf-8", "\n".join(rules).encode())


def _colour_rule(given: str) -> str:
    light, dark = accents("STORY_HISTORY_COLOUR", given)
    return f":root {{ --accent: light-dark({light}, {dark}); }}"


def _logo(setting: str, path: Path) -> Logo:
    data = _file(setting, path)
    try:
        media_type, width, height = media_type_and_size(data)
    except NoImage as error:
        raise ConfigError(f"{setting}: {path}: {error}") from None
    ending = re.sub(r"image/(\w+).*", r"\1", media_type)
    return Logo(Asset(f"logo.{ending}", media_type, data), width, height)


def _text(setting: str, path: Path) -> str:
    try:
        return _file(setting, path).decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{setting}: {path}: must be text in UTF-8") from None


def _file(setting: str, path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{setting}: {path}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise ConfigError(f"{setting}: {path}: must be at most {LARGEST // 1024} KiB")
    return data
