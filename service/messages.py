"""The interface's messages and numbers, in the language of whoever reads them (gettext, CLDR).

What puts things into words imports this and knows nothing of requests: for each request of a page
the web says how it speaks. Elsewhere (API, commands, exports) the messages are the English that
stands in the code, and times are in UTC.
"""

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, tzinfo
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "de", "fr", "es", "ar", "zh", "ja")
"""What the interface speaks, as BCP 47 tags."""
TRANSLATIONS = Path(__file__).parent / "translations"
_LOCALES = {"en": "en_GB", "zh": "zh_Hans"}
"""Of CLDR, where the language alone would mean another one: the day comes before the month."""


class Interface(NamedTuple):
    """How a page speaks. `language`: one of `LANGUAGES`; empty where it is no page that does.
    `zone`: in which it tells times.
    """

    language: str = ""
    zone: tzinfo = UTC

    @property
    def tag(self) -> str:
        """For `lang`."""
        return self.language or "en"

    @property
    def locale(self) -> Locale:
        return locale_of(self.tag)

    @property
    def rtl(self) -> bool:
        """Whether it is written from right to left."""
        return self.locale.text_direction == "rtl"

    @property
    def dir(self) -> str:
        """For `dir`."""
        return self.locale.text_direction


_PLAIN = Interface()


def plain() -> Interface:
    """English, in UTC."""
    return _PLAIN


_interface: ContextVar[Callable[[], Interface]] = ContextVar("interface", default=plain)


def use(interface: Callable[[], Interface]) -> None:
    """From now on in this context. It is called when the first message is needed."""
    _interface.set(interface)


def current() -> Interface:
    return _interface.get()()


def gettext(message: str, **values: object) -> str:
    """A message with its values put in: `%(name)s`."""
    return _catalogue().gettext(message) % values


def raw(message: str) -> str:
    """A message whose values are put in by who asks."""
    return _catalogue().gettext(message)


def ngettext(one: str, several: str, number: int, **values: object) -> str:
    """The same in the form for a number, which stands in it as `%(num)s` or `%(number)s`."""
    text = _catalogue().ngettext(one, several, number)
    written = figure(number)
    return text % {"num": written, "number": written, **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """The same of a message that needs a context, since another in English reads alike."""
    return _catalogue().pgettext(context, message) % values


def marked(message: str) -> str:
    """Has a message extracted that is translated where it is used."""
    return message


def marked_in(context: str, message: str) -> str:
    """The same for `pgettext`."""
    return message


def marked_forms(one: str, several: str) -> tuple[str, str]:
    """The same for `ngettext`."""
    return one, several


def listed(items: Sequence[str]) -> str:
    """Such as “one, two and three”; empty without any."""
    if len(items) == 1:
        return items[0]
    if (interface := current()).language:
        return format_list(items, locale=interface.locale)
    *first, last = items or [""]
    return f"{', '.join(first)} and {last}" if first else last


def strung(items: Iterable[str]) -> str:
    """Such as “one, two, three”."""
    return pgettext("between two of a list", ", ").join(items)


def percentage(share: float, digits: int = 0) -> str:
    """Such as “12.5%”, of a share of 1."""
    locale = current().locale
    pattern = locale.percent_formats[None].pattern.replace("#0", f"#0.{'0' * digits}".rstrip("."))
    return format_percent(share, pattern, locale=locale)


def figure(number: int) -> str:
    """A number with its thousands apart."""
    return _figure(number, current().language)


@lru_cache(4_096)  # the small ones are said thousands of times on a page
def _figure(number: int, language: str) -> str:
    return format_decimal(number, locale=locale_of(language)) if language else f"{number:,}"


@cache
def locale_of(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def _catalogue() -> NullTranslations:
    return catalogue(current().language)


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; of English none, which leaves each as it is."""
    if language in ("", "en"):
        return NullTranslations()
    # They are slow to load, and commands need none.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)
