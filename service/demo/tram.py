"""A sample whose second version was rearranged: a paragraph split, another moved to the analysis,
a negation, a number that the questions still give in its old form.
"""

from service.demo.english import entry, source
from service.demo.history import History, Step, at, drop, put, reword

_OPENING = (
    "The first trams between Marne Quay and the university will run on 14 September, the transport"
    " office of Belhaven said."
)
_COST = (
    "The line has cost 312 million crowns so far, a tenth more than planned, most of it for the new"
    " bridge over the railway yard."
)
_RESIDENTS = (
    "Residents of Mill Lane had asked for a tunnel and lost in court in 2023; they say that they"
    " will appeal."
)

STORY = History(
    "tram-line-opens",
    {
        "title": "Belhaven's tram line to open in September",
        "summary": "The first line in sixty years links the harbour and the university.",
        "overview": [
            f"{_OPENING} {_COST}",
            "A ride takes 18 minutes, half as long as the bus.",
            _RESIDENTS,
            "The drivers' union said that it was satisfied with the new rosters.",
        ],
        "analysis": [
            "Most reports follow the office's statement closely, and few say who paid for what.",
        ],
        "sources": [
            source("Belhaven Post", "https://post.example/tram", "Trams from September"),
            source("Transport Office", "https://transport.example/line-1", "Line 1: timetable"),
        ],
        "faq": [
            entry("When does it open?", "On 14 September, at six in the morning."),
            entry("What did it cost?", "312 million crowns so far."),
        ],
    },
    (
        Step(at("2026-07-06T08:00"), "Noor Adeyemi"),
        Step(
            at("2026-07-06T16:25"),
            "Tomas Reke",
            (
                drop("overview", 2),
                put("overview", _COST.replace("312 million", "331 million"), 1),
                reword(f"{_OPENING} {_COST}", _OPENING),
                put("analysis", _RESIDENTS.replace("they will appeal", "they will not appeal"), 0),
                reword("satisfied with", "“satisfied, but only just” with"),
                reword("https://post.example/tram", "https://post.example/2026/07/tram"),
            ),
            "The office corrected the cost; the residents told us that they accept the ruling.",
            "correction",
        ),
    ),
)
