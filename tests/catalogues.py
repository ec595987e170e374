"""`make messages`: the catalogues of the interface, brought up to date with the code.

`python -m tests.catalogues [FILE]` extracts all messages and writes them into each catalogue; what
is not used any more leaves it. It prints, as JSON, each message that some language lacks, with an
empty place for each of its forms. Filled in, the same JSON is FILE: then these are put in first.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from service.messages import LANGUAGES, TRANSLATIONS

SERVICE = Path(__file__).parents[1] / "service"
_METHODS = [
    ("templates/desk/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("present/templates/**.html", "jinja2"),
]
_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "marked": None,
    "marked_in": ((1, "c"), 2),
    "marked_forms": (1, 2),
    "_Rules": None,  # of kinds of facts, in the differ, which knows no messages
}
_PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")
_MAY_LACK = {"%(noun)s", "%(Noun)s"}
"""A noun that a language may do without: its gender is not known."""
_NUMBERS = {"%(count)s", "%(num)s", "%(number)s"}
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")


def extracted() -> Catalog:
    """All messages of the code and the templates, in English."""
    found = Catalog()
    for _, _, message, _, context in extract_from_dir(SERVICE, _METHODS, keywords=_KEYWORDS):
        found.add(message, context=context)
    return found


def path_of(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> tuple[str, ...]:
    """Its translations; "" for those that it lacks."""
    found = message.string
    return (found or "",) if isinstance(found, str | None) else tuple(found)


def faults(messages: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue, in a line each."""
    used = {(message.id, message.context) for message in messages if message.id}
    for message in catalogue:
        if message.id and (message.id, message.context) not in used:
            yield f"not used: {message.id!r}"
        elif message.id and message.fuzzy:
            yield f"fuzzy: {message.id!r}"
    for message in messages:
        if not message.id:
            continue
        known = catalogue.get(message.id, message.context)
        if known is None or not all(forms(known)):
            yield f"not translated: {message.id!r}"
        else:
            yield from _faults_of(message, forms(known), catalogue.num_plurals)


def _faults_of(message: Message, said: Sequence[str], plurals: int) -> Iterator[str]:
    if isinstance(message.id, str):
        wanted = _placeholders([message.id])
        if len(said) != 1:
            yield f"has forms, and needs none: {message.id!r}"
    else:
        wanted = _placeholders(message.id)
        if len(said) != plurals:
            yield f"{len(said)} of {plurals} forms: {message.id!r}"
    numbers = _NUMBERS if len(said) > 1 or not isinstance(message.id, str) else set()
    for text in said:
        found = _placeholders([text])
        if found - wanted or wanted - found - numbers - _MAY_LACK:
            yield f"other placeholders than {message.id!r}: {text!r}"
        if "%(old)s" in text and text.find("%(new)s", 0, text.index("%(old)s")) >= 0:
            yield f"the new before the old: {text!r}"
        if "%" in re.sub(r"%\(\w+\)s", "", text):
            yield f"a stray %: {text!r}"


def _placeholders(texts: Iterable[str]) -> set[str]:
    return {found for text in texts for found in _PLACEHOLDER.findall(text)}


def missing(messages: Catalog, catalogues: dict[str, Catalog]) -> Iterator[dict[str, Any]]:
    """Each message that some languages lack, with the places to fill in."""
    for message in messages:
        if not message.id:
            continue
        one, *several = [message.id] if isinstance(message.id, str) else message.id
        empty: dict[str, Any] = {}
        for language, catalogue in catalogues.items():
            known = catalogue.get(message.id, message.context)
            if known is None or not all(forms(known)):
                empty[language] = [""] * catalogue.num_plurals if several else ""
        if empty:
            context = {"context": message.context} if message.context else {}
            plural = {"plural": several[0]} if several else {}
            yield {**context, "message": one, **plural, **empty}


def updated(messages: Catalog, language: str, filled: Iterable[dict[str, Any]] = ()) -> Catalog:
    """A catalogue of what is used now: with what it had, and what `filled` says in its language."""
    old, new = read(language), Catalog(locale=language)
    given = {
        (each.get("context"), each["message"]): each[language]
        for each in filled
        if each.get(language)
    }
    for message in messages:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        one = message.id if isinstance(message.id, str) else message.id[0]
        string = given.get((message.context, one)) or (known.string if known else None)
        string = tuple(string) if isinstance(string, list) else string
        new.add(message.id, string, context=message.context)
    return new


def write(language: str, catalogue: Catalog) -> None:
    """Without dates or places, which would change with every line of code."""
    rules = catalogue.plural_forms
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {rules}\\n"\n\n'
    )
    text = BytesIO()
    write_po(text, catalogue, width=0, omit_header=True, sort_output=True, ignore_obsolete=True)
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    path_of(language).write_bytes(head.encode() + text.getvalue())


def main() -> None:
    filled = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else []
    messages = extracted()
    catalogues = {language: updated(messages, language, filled) for language in TRANSLATED}
    for language, catalogue in catalogues.items():
        write(language, catalogue)
        for fault in faults(messages, catalogue):
            print(f"{language}: {fault}", file=sys.stderr)
    print(json.dumps(list(missing(messages, catalogues)), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
