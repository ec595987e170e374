"""Where a text is cut into sentences."""

import pytest

from service.provenance.sentences import cut, sentences
from tests.diffing.pages import page


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("No end", ["No end"]),
        ("", []),
        ("  ", []),
        ("He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]),
        ("It costs 3.5 crowns. More later.", ["It costs 3.5 crowns.", "More later."]),
        ("Dr. Voss and Mr. Lund met J. R. Hart.", ["Dr. Voss and Mr. Lund met J. R. Hart."]),
        ("See e.g. the report. It is long.", ["See e.g. the report.", "It is long."]),
        ("They waited… and left. So it is.", ["They waited… and left.", "So it is."]),
        ("On 3. May it rained. Then not.", ["On 3. May it rained.", "Then not."]),
        (
            "大桥关闭。检查将持续两天。“很安全。”他说。",
            ["大桥关闭。", "检查将持续两天。", "“很安全。”", "他说。"],
        ),
        ("أغلق الجسر. هل يفتح غدا؟ نعم.", ["أغلق الجسر.", "هل يفتح غدا؟", "نعم."]),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in cut(text)] == parts


def test_nothing_but_space_is_left_out() -> None:
    text = " A b. C d!  “E.” f (g.) H. "
    assert "".join(text[start:end] for start, end in cut(text)).replace(" ", "") == text.replace(
        " ", ""
    )


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
