"""One change by itself: found by its name, and in words."""

from service.diffing import Diff, Span, Spans, compare, text_without
from service.present.diff_view import Change, diff_view
from service.present.one_change import excerpt, first_change, in_words, marked, one_change, sentence
from tests.diffing.pages import page

OLD = ["The gauge said 431 cm at noon.", "The bridge is shut."]
NEW = ["The gauge said 455 cm at noon.", "The bridge is shut.", "Buses turn back."]


def _diff() -> Diff:
    return compare(page(overview=OLD), page(overview=NEW))


def test_each_change_is_found_by_the_name_that_the_page_gives_it() -> None:
    view = diff_view(_diff())
    items = [item for section in view.sections for item in section.items]
    shown = [item for item in items if isinstance(item, Change)]
    assert len(shown) == 2
    for change in shown:
        found = one_change(view.diff, change.id)
        assert found is not None
        assert found.change == change


def test_it_says_what_it_said_and_says() -> None:
    diff = _diff()
    edited, added = (one_change(diff, name) for name in diff_view(diff).ids)
    assert edited is not None
    assert added is not None
    assert (edited.before, edited.after) == (OLD[0], NEW[0])
    assert edited.words == f"Said “{OLD[0]}”, says “{NEW[0]}”"
    assert str(edited.lead) == "Number 431 → 455 cm"
    assert added.words == "New: “Buses turn back.”"
    back = compare(page(overview=NEW), page(overview=OLD))
    removed = one_change(back, diff_view(back).ids[1])
    assert removed is not None
    assert removed.words == "Removed: “Buses turn back.”"


def test_a_name_that_no_change_has_is_not_found() -> None:
    assert one_change(_diff(), "cnothing") is None
    assert one_change(_diff(), "") is None


def test_a_move_and_a_change_of_emphasis_are_said_by_their_labels() -> None:
    moved = compare(page(overview=["A one.", "B two."]), page(overview=["B two.", "A one."]))
    first = first_change(moved)
    assert first is not None
    assert first.words.startswith("Moved: was paragraph")


def test_the_fields_of_a_record_are_lines_of_their_own() -> None:
    source = {"name": "Gazette", "url": "https://gazette.example/"}
    diff = compare(page(sources=[source]), page(sources=[source | {"name": "The Gazette"}]))
    first = first_change(diff)
    assert first is not None
    assert first.before == "Gazette\nhttps://gazette.example/"
    assert first.after == "The Gazette\nhttps://gazette.example/"


def test_an_excerpt_of_a_long_text_has_what_differs_and_ends() -> None:
    long = "The council met again. " * 200
    diff = compare(
        page(overview=[f"{long}It took 40 votes. {long}"]),
        page(overview=[f"{long}It took 60 votes. {long}"]),
    )
    first = first_change(diff)
    assert first is not None
    shown = text_without(first.excerpt, "delete")
    assert "It took 60 votes." in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 200
    rewritten = (Span("delete", "one two " * 900), Span("insert", "three four " * 900))
    cut = excerpt(rewritten)
    assert [op for op, _ in cut] == ["delete", "insert"]
    assert sum(len(text) for _, text in cut) < 300


def test_a_difference_is_said_by_its_most_important_fact_else_by_its_first_words() -> None:
    assert in_words(_diff()) == "Number 431 → 455 cm, and 1 more"
    worded = compare(page(overview=["They were glad."]), page(overview=["They were sad."]))
    assert in_words(worded) in ("No facts changed", "Said “They were glad.”, says “They were sad.”")
    same = compare(page(overview=OLD), page(overview=OLD))
    assert in_words(same) == "There are no differences between the two versions."


def _spans(old: str, new: str) -> Spans:
    first = first_change(compare(page(overview=[old]), page(overview=[new])))
    assert first is not None
    return first.spans


def test_an_edit_within_a_sentence_is_shown_with_that_sentence() -> None:
    before, after = "It rained. ", " Buses turn back."
    shown = sentence(
        _spans(f"{before}The gauge said 431 cm.{after}", f"{before}The gauge said 455 cm.{after}")
    )
    assert text_without(shown, "insert") == "The gauge said 431 cm."
    assert text_without(shown, "delete") == "The gauge said 455 cm."


def test_an_edit_of_several_sentences_has_no_one_sentence() -> None:
    assert sentence(_spans("One boat sank. It rained.", "Two boats sank. It snowed.")) == ()
    assert sentence(_spans("One boat sank. It rained.", "One boat sank and it rained.")) == ()
    assert sentence((Span("equal", "The same."),)) == ()


def test_what_changed_is_marked_in_a_few_words_with_its_sentence() -> None:
    fact, within = marked(diff_view(_diff()))
    assert [op for op, _ in fact] == ["equal", "delete", "equal", "insert", "equal"]
    assert text_without(fact, "") == "Number 431 → 455 cm, and 1 more"
    assert text_without(within, "delete") == NEW[0]
    moved = compare(page(overview=["A one.", "B two."]), page(overview=["B two.", "A one."]))
    words, said = marked(diff_view(moved))
    assert text_without(words, "")
    assert text_without(said, "") == "No facts changed: 1 paragraph moved"
    assert marked(diff_view(compare(page(overview=OLD), page(overview=OLD)))) == ((), ())
