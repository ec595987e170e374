"""Which sentences a page has."""

from service.provenance.sentences import sentences
from tests.diffing.pages import page


def test_a_page_is_read_from_its_title_to_its_faq() -> None:
    found = sentences(
        page(
            title="Is it? Yes.",
            summary="All. In one.",
            overview=["First. Second.", "Third."],
            sources=[{"name": "Paper. Co", "url": "https://a.example/"}],
            faq=[{"question": "Why? How?", "answer": "So. Thus."}],
        )
    )
    assert [(each.section, each.block, each.field, each.nth, each.text) for each in found] == [
        ("title", 0, "", 0, "Is it? Yes."),
        ("summary", 0, "", 0, "All. In one."),
        ("overview", 0, "", 0, "First."),
        ("overview", 0, "", 1, "Second."),
        ("overview", 1, "", 0, "Third."),
        ("sources", 0, "name", 0, "Paper. Co"),
        ("sources", 0, "url", 0, "https://a.example/"),
        ("faq", 0, "question", 0, "Why? How?"),
        ("faq", 0, "answer", 0, "So."),
        ("faq", 0, "answer", 1, "Thus."),
    ]
