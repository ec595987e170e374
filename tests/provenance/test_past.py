"""What versions did to one sentence."""

from service.diffing import Span
from service.provenance.ledger import Form
from service.provenance.past import _MARKED, past_of


def form(since: int, until: int | None, text: str, back: int | None = None) -> Form:
    return Form(1, since, until, back, "overview", 0, "", 0, text)


def did(*forms: Form) -> list[tuple[str, int]]:
    """What was done in which version, newest first. `forms`: oldest first."""
    return [step[:2] for step in past_of(forms[::-1], forms[0]).steps]


def test_a_sentence_that_never_changed_was_written_once() -> None:
    assert did(form(3, None, "It is open.")) == [("wrote", 3)]


def test_its_changes_come_newest_first_with_their_words_marked() -> None:
    forms = form(1, 3, "It cost 4 crowns."), form(4, None, "It cost 5 crowns.")
    assert did(*forms) == [("changed", 4), ("wrote", 1)]
    past = past_of(forms[::-1], forms[0])
    assert past.complete
    assert (past.first, past.last) == (1, forms[1])
    assert past.steps[0].spans == (
        Span("equal", "It cost "),
        Span("delete", "4"),
        Span("insert", "5"),
        Span("equal", " crowns."),
    )
    assert past.steps[1].spans == (Span("equal", "It cost 4 crowns."),)


def test_it_went_and_came_back() -> None:
    forms = form(1, 3, "It is open."), form(6, None, "It is open.", back=3)
    assert did(*forms) == [("returned", 6), ("removed", 4), ("wrote", 1)]
    _, removed, _ = past_of(forms[::-1], forms[0]).steps
    assert removed.spans == (Span("delete", "It is open."),)


def test_it_is_gone() -> None:
    assert did(form(2, 4, "It is open.")) == [("removed", 5), ("wrote", 2)]


def test_of_many_wordings_the_newest_and_the_first_are_told() -> None:
    forms = [form(at, at, f"It is {at}.") for at in range(1, 31)]
    past = past_of(forms[:20:-1], forms[0])
    assert not past.complete
    assert [step.version for step in past.steps] == [31, *range(30, 22, -1), 1]


def test_long_wordings_are_not_compared_without_end() -> None:
    long = "word " * (_MARKED // 15)
    forms = [form(at, at, f"{at} {long}") for at in range(1, 5)]
    steps = past_of(forms[::-1], forms[0]).steps
    assert [len(step.spans) > 1 for step in steps if step.what == "changed"] == [True, False, False]
