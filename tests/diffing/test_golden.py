"""How edits read: each row an old text, a new one, and the marks that a reader should see."""

import pytest

from service.diffing.matching import Budget
from service.diffing.words import mark

MARKS = {"equal": "{}", "delete": "[-{}-]", "insert": "{{+{}+}}"}

ROWS = [
    # Numbers, names, quotations: just that
    ("It cost 57.6 billion.", "It cost 58 billion.", "It cost [-57.6-]{+58+} billion."),
    ("9,400 homes", "9,600 homes", "[-9,400-]{+9,600+} homes"),
    ("at 12:30 on 4 May", "at 12:45 on 4 May", "at [-12:30-]{+12:45+} on 4 May"),
    ("by 5%", "by 5.5%", "by [-5-]{+5.5+}%"),
    ("Mirela Dusk said", "Mirela Dask said", "Mirela [-Dusk-]{+Dask+} said"),
    ("It rated them sound.", "It rated them “sound”.", "It rated them {+“+}sound{+”+}."),
    ("They did agree.", "They did not agree.", "They did {+not +}agree."),
    ("It doesn't work.", "It does work.", "It [-doesn't-]{+does+} work."),
    (
        "see https://a.example/b?c=1, please",
        "see https://a.example/b?c=2, please",
        "see [-https://a.example/b?c=1-]{+https://a.example/b?c=2+}, please",
    ),
    # Whole words, never their halves
    ("government", "governments", "[-government-]{+governments+}"),
    ("naive", "naïve", "[-naive-]{+naïve+}"),
    (
        "the long-range missile",
        "the short-range missile",
        "the [-long-range-]{+short-range+} missile",
    ),
    # Words and sentences that came or went
    ("a car", "a big car", "a {+big +}car"),
    ("One. Three.", "One. Two. Three.", "One. {+Two. +}Three."),
    ("One. Two.", "One. Two. Three.", "One. Two.{+ Three.+}"),
    ("Two. Three.", "One. Two. Three.", "{+One. +}Two. Three."),
    ("", "All new.", "{+All new.+}"),
    ("All gone.", "", "[-All gone.-]"),
    # Little islands between edits are joined
    ("the big red car", "the small blue car", "the [-big red-]{+small blue+} car"),
    (
        "They will certainly not be coming home today.",
        "They might or might not be staying away today.",
        "They [-will certainly-]{+might or might+} not be [-coming home-]{+staying away+} today.",
    ),
    # Space and punctuation
    ("in 2019 .", "in 2019.", "in 2019[- -]."),
    ("Yes, he said", "Yes he said", "Yes[-,-] he said"),
    ("A  b", "A b", "A[-  -]{+ +}b"),
    # Scripts without spaces
    ("四号线全长28.6公里", "四号线全长29.1公里", "四号线全长[-28.6-]{+29.1+}公里"),
    ("换乘站5座", "换乘站共6座", "换乘站[-5-]{+共6+}座"),
    ("東京は雨です。", "大阪は雨です。", "[-東京-]{+大阪+}は雨です。"),
    ("ราคา 20 บาท", "ราคา 25 บาท", "ราคา [-20-]{+25+} บาท"),
    # Arabic, Hindi, Korean
    ("كلفة 140 مليون", "كلفة 164 مليون", "كلفة [-140-]{+164+} مليون"),
    ("«خطوة أولى» ضمن", "«خطوة كبيرة» ضمن", "«خطوة [-أولى-]{+كبيرة+}» ضمن"),
    ("हिन्दी भाषा", "हिन्दू भाषा", "[-हिन्दी-]{+हिन्दू+} भाषा"),
    ("서울은 맑다", "부산은 맑다", "[-서울은-]{+부산은+} 맑다"),
    # Emoji and marks stay whole
    ("ok 👩‍👩‍👧!", "ok 👩‍👩‍👦!", "ok [-👩‍👩‍👧-]{+👩‍👩‍👦+}!"),
    ("flag 🇫🇷", "flag 🇩🇪", "flag [-🇫🇷-]{+🇩🇪+}"),
    ("thumbs 👍", "thumbs 👍🏽", "thumbs [-👍-]{+👍🏽+}"),
]


@pytest.mark.parametrize(("old", "new", "marked"), ROWS)
def test_an_edit_reads_as_an_editor_would_mark_it(old: str, new: str, marked: str) -> None:
    spans = mark(old, new, Budget()).spans
    assert "".join(MARKS[span.op].format(span.text) for span in spans) == marked
