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
        "see https://a.example/b?c=[-1-]{+2+}, please",
    ),
    # Of a link, an address or a compound: the words that differ
    (
        "See https://www.example.org/2026/05/harbour-bridge-to-close for it.",
        "See https://www.example.org/2026/05/harbour-bridge-to-open for it.",
        "See https://www.example.org/2026/05/harbour-bridge-to-[-close-]{+open+} for it.",
    ),
    ("http://paper.example/a", "https://paper.example/a", "[-http-]{+https+}://paper.example/a"),
    ("at paper.example/en/a.", "at paper.example/fr/a.", "at paper.example/[-en-]{+fr+}/a."),
    ("at /pub/a-1.9.2.zip", "at /pub/1.9/a-1.9.2.zip", "at /pub/{+1.9/+}a-1.9.2.zip"),
    (
        "https://paper.example/2026/05/12/a",
        "https://paper.example/2026/06/12/a",
        "https://paper.example/2026/[-05-]{+06+}/12/a",
    ),
    ("from v2.1.0 on", "from v2.1.1 on", "from [-v2.1.0-]{+v2.1.1+} on"),
    ("on 24/11/2026", "on 25/11/2026", "on [-24/11/2026-]{+25/11/2026+}"),
    ("on 2026-11-24", "on 2026-11-25", "on [-2026-11-24-]{+2026-11-25+}"),
    (
        "Ask desk@paper.example or call.",
        "Ask desk@news.example or call.",
        "Ask desk@[-paper-]{+news+}.example or call.",
    ),
    ("They won 3-1.", "They won 1-3.", "They won [-3-1-]{+1-3+}."),
    ("They re-sign it.", "They resign it.", "They [-re-sign-]{+resign+} it."),
    # A link of which most differs: one removal and one insertion
    (
        "See http://a.example/b/c-d.html for it.",
        "See https://news.org/2026/x for it.",
        "See [-http://a.example/b/c-d.html-]{+https://news.org/2026/x+} for it.",
    ),
    (
        "at paper.example/budget-vote-to-senate-floor",
        "at paper.example/harbour-plan-to-council-desk",
        "at paper.example/[-budget-vote-to-senate-floor-]{+harbour-plan-to-council-desk+}",
    ),
    # Whole words, never their halves
    ("government", "governments", "[-government-]{+governments+}"),
    ("naive", "naïve", "[-naive-]{+naïve+}"),
    (
        "the long-range missile",
        "the short-range missile",
        "the [-long-]{+short+}-range missile",
    ),
    # Words and sentences added or removed
    ("a car", "a big car", "a {+big +}car"),
    ("One. Three.", "One. Two. Three.", "One. {+Two. +}Three."),
    ("One. Two.", "One. Two. Three.", "One. Two.{+ Three.+}"),
    ("Two. Three.", "One. Two. Three.", "{+One. +}Two. Three."),
    ("", "All new.", "{+All new.+}"),
    ("All gone.", "", "[-All gone.-]"),
    # Edits with little between them are merged
    ("the big red car", "the small blue car", "the [-big red-]{+small blue+} car"),
    (
        "They will certainly not be coming home today.",
        "They might or might not be staying away today.",
        "They [-will certainly-]{+might or might+} not be [-coming home-]{+staying away+} today.",
    ),
    (
        "Ministers privately considered a broad levy.",
        "Officials repeatedly rejected a narrow duty.",
        "[-Ministers privately considered a broad levy-]"
        "{+Officials repeatedly rejected a narrow duty+}.",
    ),
    (
        "from 1,200 to 1,500 crowns",
        "from 1,300 to 1,600 crowns",
        "from [-1,200-]{+1,300+} to [-1,500-]{+1,600+} crowns",
    ),
    # Space and punctuation
    ("in 2019 .", "in 2019.", "in 2019[- -]."),
    ("Yes, he said", "Yes he said", "Yes[-,-] he said"),
    (
        "It was satisfied with it.",
        "It was “satisfied, but only just” with it.",
        "It was {+“+}satisfied{+, but only just”+} with it.",
    ),
    ("as we see below now", "as we see, above now", "as we see{+,+} [-below-]{+above+} now"),
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
    # Cases such as the suites of other differs have, in our own words
    ("Mouse and sofas.", "Mouse and sofa beds.", "Mouse and [-sofas-]{+sofa beds+}."),
    ("The cat in the hat.", "The bulldog in the hat.", "The [-cat-]{+bulldog+} in the hat."),
    (
        "The slow green turtle.",
        "The quick brown fox.",
        "The [-slow green turtle-]{+quick brown fox+}.",
    ),
    (
        "A ring, a book and a pen.",
        "A book, a pen and a ring.",
        "A [-ring, a -]book[- and-]{+,+} a pen{+ and a ring+}.",
    ),
    (
        "Hello there. How are you?",
        "Hello there. And how are you?",
        "Hello there. [-How-]{+And how+} are you?",
    ),
    (
        "It was the best of times.",
        "It was the worst of times, it was the best of times.",
        "It was the {+worst of times, it was the +}best of times.",
    ),
    ("one two three one two", "one two", "one two[- three one two-]"),
    ("He paid €1 200 in cash.", "He paid €1 300 in cash.", "He paid €1 [-200-]{+300+} in cash."),
    ("from 57.6-58 billion", "from 58 billion", "from [-57.6--]58 billion"),
    (
        "Write to desk@paper.example now.",
        "Write to news@paper.example now.",
        "Write to [-desk-]{+news+}@paper.example now.",
    ),
    ("NASA’s probe", "NASA’s second probe", "NASA’s {+second +}probe"),
    ("the U.S. court", "the U.K. court", "the [-U.S-]{+U.K+}. court"),
    ("Price: $5.", "Price: £5.", "Price: [-$-]{+£+}5."),
    ("She said: “No.”", "She said: “Yes.”", "She said: “[-No-]{+Yes+}.”"),
    ("(see below)", "(see above)", "(see [-below-]{+above+})"),
    ("3 × 4 = 12", "3 × 5 = 15", "3 × [-4 = 12-]{+5 = 15+}"),
    (
        "It rained. It poured.",
        "It poured. It rained.",
        "[-It rained. -]It poured.{+ It rained.+}",
    ),
    ("the the cat", "the cat", "the [-the -]cat"),
    ("我们不同意这个决定。", "我们同意这个决定。", "我们[-不-]同意这个决定。"),
    ("他说：“很好。”", "他说：“不好。”", "他说：“[-很-]{+不+}好。”"),
    ("第一句。第三句。", "第一句。第二句。第三句。", "第一句。{+第二句。+}第三句。"),
    ("首相は昨日辞任した。", "首相は本日辞任した。", "首相は[-昨-]{+本+}日辞任した。"),
    ("コーヒーを飲む", "コーラを飲む", "コー[-ヒー-]{+ラ+}を飲む"),
    (
        "وقال الوزير إن القرار نهائي",
        "وقال الوزير إن القرار ليس نهائيا",
        "وقال الوزير إن القرار [-نهائي-]{+ليس نهائيا+}",
    ),
    ("यह योजना 2024 में शुरू हुई।", "यह योजना 2025 में शुरू हुई।", "यह योजना [-2024-]{+2025+} में शुरू हुई।"),
    ("นายกรัฐมนตรีลาออก", "นายกรัฐมนตรีไม่ลาออก", "นายกรัฐมนตรี{+ไม่+}ลาออก"),
    ("café au lait", "café au lait", "[-café-]{+café+} au lait"),
    ("1️⃣ first", "2️⃣ first", "[-1️⃣-]{+2️⃣+} first"),
    ("Grüße aus Köln", "Grüsse aus Köln", "[-Grüße-]{+Grüsse+} aus Köln"),
    ("état-major", "état major", "état[---]{+ +}major"),
]


@pytest.mark.parametrize(("old", "new", "marked"), ROWS)
def test_an_edit_reads_as_an_editor_would_mark_it(old: str, new: str, marked: str) -> None:
    spans = mark(old, new, Budget()).spans
    assert "".join(MARKS[span.op].format(span.text) for span in spans) == marked
