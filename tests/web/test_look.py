"""The look of the public pages."""

import re

import pytest
from flask import Flask
from markupsafe import Markup

from repo_store import Kind

KINDS = ("first", *Kind, "explanation", "removed", "withdrawn")


def macro(app: Flask, name: str, *arguments: str) -> Markup:
    """What a macro of the kinds makes."""
    with app.test_request_context():
        made: Markup = getattr(app.jinja_env.get_template("_kinds.html").module, name)(*arguments)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_an_icon_a_word_and_a_meaning(app: Flask, kind: str) -> None:
    badge = macro(app, "kind", kind)
    found = re.fullmatch(
        rf'<span class="kind kind-{kind}" title="([^"<]+\.)"><svg [^>]*aria-hidden="true"[^>]*>'
        r"(<.+>)</svg>([A-Z][a-z ]+)</span>",
        badge,
    )
    assert found, badge
    meaning, _, word = found.groups()
    legend = macro(app, "kinds_legend")
    assert f"</svg>{word}</dt><dd>{meaning}</dd>" in legend


def test_kinds_differ_in_shape_and_word(app: Flask) -> None:
    for name in ("icon", "kind_word", "kind_meaning"):
        assert len({str(macro(app, name, kind)) for kind in KINDS}) == len(KINDS), name
