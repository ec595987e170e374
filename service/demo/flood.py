"""The long one: a river's night in forty versions, half an hour apart."""

from datetime import timedelta

from service.demo.history import Edit, History, Step, at, put

_START = at("2026-06-14T15:00")
# Centimetres at the gauge, people brought to safety, households without power, at each half hour.
_LEVELS = (
    *(412, 431, 455, 470, 488, 503, 519, 530, 546, 561, 577, 590, 602, 611, 619, 624, 628, 631),
    *(633, 634, 634, 632, 629, 624, 617, 609, 600, 590, 579, 567, 554, 541, 527, 513, 498, 483),
    *(468, 452, 437, 421),
)
_EVENTS = {
    4: "The fire service closed the Mill Street underpass.",
    9: "Water came over the quay wall at Saltmarket shortly after half past seven.",
    14: "Mayor Ana Petrov called on everyone east of the railway to go to upper floors.",
    19: "The gauge passed the mark of 2002, the highest on record until tonight.",
    24: "The army brought pumps and forty soldiers to the waterworks.",
    30: "Trains to the coast run again on one track.",
    36: "The mayor thanked “hundreds of neighbours whom nobody had asked to come”.",
}


def _facts(number: int) -> tuple[int, int, int]:
    level = _LEVELS[number]
    return level, max(0, (number - 5) * 45), min(3_900, max(0, (level - 500) * 30))


def _overview(number: int) -> list[str]:
    level, people, homes = _facts(number)
    rising = number == 0 or _LEVELS[number] >= _LEVELS[number - 1]
    told = [text for when, text in _EVENTS.items() if when <= number]
    return [
        f"The Lind stood at {level} cm in Old Ferry on Sunday evening and was"
        f" {'still rising' if rising else 'falling'}, the water board said.",
        f"{people:,} people have been brought to safety." if people else "No one was in danger.",
        f"{homes:,} households are without power."
        if homes
        else "The power supply is not affected.",
        *reversed(told),
        "Heavy rain in the hills had swollen the river since Friday.",
    ]


def _edits(number: int) -> tuple[Edit, ...]:
    level = _LEVELS[number]
    answer = {"question": "How high is the water?", "answer": f"{level} cm at the Old Ferry gauge."}
    fixed = {"question": "When do the schools open?", "answer": "On Tuesday at the earliest."}
    edits = [put("overview", _overview(number)), put("faq", [answer, fixed])]
    if number == 19:
        edits.append(put("title", "River Lind reaches highest level on record"))
    if number == 32:
        edits.append(put("title", "Record flood on the Lind recedes"))
    return tuple(edits)


STORY = History(
    "river-lind-flood",
    {
        "title": "River Lind rises after days of rain",
        "summary": "Old Ferry prepares for a night of high water.",
        "overview": _overview(0),
        "analysis": [
            "All outlets rely on the water board's gauge; pictures come from residents.",
        ],
        "sources": [
            {"name": "Lind Water Board", "url": "https://water.example/gauge/old-ferry"},
            {"name": "Old Ferry Post", "url": "https://post.example/live"},
        ],
        "faq": [
            {"question": "How high is the water?", "answer": "412 cm at the Old Ferry gauge."},
            {"question": "When do the schools open?", "answer": "On Tuesday at the earliest."},
        ],
    },
    tuple(
        Step(
            _START + timedelta(minutes=30 * number),
            ("Mika Orlov", "Sanne Vries")[number % 3 == 2],
            _edits(number) if number else (),
            _EVENTS.get(number, ""),
        )
        for number in range(len(_LEVELS))
    ),
)
