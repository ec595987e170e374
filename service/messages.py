"""The interface's messages, in the language of whoever reads them (gettext).

What puts things into words imports this and knows nothing of requests: for each request of a page
the web says which catalogue applies. Elsewhere (API, commands, exports) it is none, and the
messages are the English that stands in the code.
"""

from collections.abc import Callable
from contextvars import ContextVar
from gettext import NullTranslations

Catalogue = Callable[[], NullTranslations]
"""Gives the catalogue when the first message is needed."""

_NONE = NullTranslations()


def none() -> NullTranslations:
    """The catalogue that has no message, which leaves each as it is."""
    return _NONE


_catalogue: ContextVar[Catalogue] = ContextVar("catalogue", default=none)


def use(catalogue: Catalogue) -> None:
    """From now on in this context."""
    _catalogue.set(catalogue)


def gettext(message: str, **values: object) -> str:
    """A message with its values put in: `%(name)s`."""
    return _catalogue.get()().gettext(message) % values


def ngettext(one: str, several: str, number: int, **values: object) -> str:
    """The same in the form for a number, which may stand in it as `%(number)s`."""
    text = _catalogue.get()().ngettext(one, several, number)
    return text % {"number": f"{number:,}", **values}


def pgettext(context: str, message: str, **values: object) -> str:
    """The same of a message that needs a context, since another in English reads alike."""
    return _catalogue.get()().pgettext(context, message) % values
