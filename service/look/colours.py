"""The accent colour: links, buttons, the focus ring and the rule over the masthead.

Contrast is WCAG's: of text at least 4.5 to 1 (AA), on each background that pages have.
"""

import re

from service.config import ConfigError

LIGHT, DARK = ("#fdfcfa", "#f4f1ea"), ("#16181a", "#1f2326")
"""Pages and panels, light and dark: `--page` and `--panel` in `style.css`."""
_ENOUGH = 4.5
_STEPS = 100

Rgb = tuple[int, ...]


def accents(setting: str, given: str) -> tuple[str, str]:
    """The colours for light and for dark pages: both as given, or the second made of the first by
    as much white as it needs. ConfigError names the setting and the background.
    """
    light, *second = given.split()
    _check(setting, light, LIGHT, "light")
    dark = second[0] if second else _lightened(light)
    _check(setting, dark, DARK, "dark")
    return light, dark


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    low, high = sorted(map(_luminance, (_rgb(one), _rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _check(setting: str, colour: str, backgrounds: tuple[str, ...], pages: str) -> None:
    worst = min(contrast(colour, each) for each in backgrounds)
    if worst < _ENOUGH:
        raise ConfigError(
            f"{setting}: {colour} cannot be read on {pages} pages: its contrast is {worst:.1f} to"
            f" 1 and must be at least {_ENOUGH} to 1"
        )


def _lightened(colour: str) -> str:
    for step in range(_STEPS):
        mixed = [round(each + (255 - each) * step / _STEPS) for each in _rgb(colour)]
        text = f"#{bytes(mixed).hex()}"
        if min(contrast(text, each) for each in DARK) >= _ENOUGH:
            return text
    return "#ffffff"


def _rgb(colour: str) -> Rgb:
    return tuple(bytes.fromhex(re.sub(r"^#", "", colour)))


def _luminance(rgb: Rgb) -> float:
    shares = [each / 255 for each in rgb]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
