"""What another system gets of a version."""

import pytest

from repo_store import BUILT_IN, parse_content
from repo_store.story.content import parse_stored
from service.present.language import language_of
from service.usecases.sending import as_article


@pytest.mark.parametrize("language", ["nonsense", "DE_de", 'de" x', "e" * 40])
def test_a_stored_language_that_is_none_is_said_and_left_out(language: str) -> None:
    stored = {"shape": "article", "title": "T", "language": language}
    content = parse_stored(stored, BUILT_IN["article"])
    fields, dropped = as_article(content)
    assert "language" not in fields
    assert dropped == ["Language"]
    assert language_of(content).tag != language


@pytest.mark.parametrize("language", ["de", "pt-BR", "zh-Hant-TW", "de-Latn-DE-1996-u-co-phonebk"])
def test_a_language_is_passed_on(language: str) -> None:
    content = parse_content({"shape": "article", "title": "T", "language": language})
    fields, dropped = as_article(content)
    assert (fields["language"], dropped) == (language, [])
    assert language_of(content).tag == language
