"""A story with a long history for tests: a flood over five days, in any number of versions.

Most versions change one thing, by turns: the gauge, a report, the analysis, an answer, a figure, or
the summary; every twelfth corrects one. Version 3 raises the gauge from 431 to 455 cm.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from repo_store.archive import Archive
from repo_store.history.records import ActionInput, Kind, Verb
from repo_store.story.content import parse_content
from service.usecases.publishing import Publishing
from service.wiring import now
from tests.samples import action, entry

LONG = "river-gauge"
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAYS = 5
GAUGE_455 = 3
"""The version that raises the gauge to 455 cm."""
CORRECTS, EXPLAINED = 12, 40
"""Of so many versions one corrects a figure; one is explained afterwards."""

_REPORTS = (
    "The fire service closed the underpass at Mill Street.",
    "Two schools became shelters for the night.",
    "Soldiers filled sandbags at the waterworks.",
    "A ferry broke from its moorings and was towed to the yard.",
    "Trains to the coast turned back at the border of the county.",
    "Neighbours with tractors brought milk to the farms.",
)
_OPINIONS = (
    "Reports agree on the gauge and differ on when the warning came.",
    "Local papers praise the volunteers; national ones ask about the dikes.",
    "Pictures from residents show more water than the maps of the county do.",
)
_BACKGROUND = (
    "The river rises in the hills to the north, where rain had fallen since Thursday, and reaches"
    " the town through a valley with two weirs, which were built to hold back a lesser flood.",
    "The county keeps a list of people who cannot leave their homes by themselves; nurses and"
    " neighbours visit them twice a day for as long as the bridges are closed.",
    "Farmers moved their animals to the common above the town, as their grandparents did, and take"
    " turns to watch over them at night.",
    "The waterworks stand behind a wall that was raised after the last flood. Engineers walk along"
    " it every hour and mark with chalk how far the damp has come.",
    "The museum carried the older half of its collection to the upper floor. What is too heavy for"
    " the stairs, among it the town's first printing press, was wrapped where it stands.",
    "Buses run as far as the station and turn there. Those who have to cross the river are asked to"
    " take the train by way of the junction, which takes about an hour longer than the bridge.",
    "The bakery on the market square has its ovens on the first floor and bakes for both shelters;"
    " flour comes by tractor from the mill in the next village, which lies higher.",
    "Insurers ask owners to photograph each room before they clean it, and to keep a piece of every"
    " carpet and each wallpaper that they throw away.",
    "Chemists deliver medicines by boat. Lists hang at the town hall and at both shelters, and who"
    " cannot come is asked to send a neighbour with the prescription.",
    "The lock keeper, whose house stands on the dike, reads the gauge by lamp when the power fails,"
    " and writes the level into the same book in which his predecessors noted theirs.",
)


def fill_long(archive: Archive, versions: int, story: str = LONG) -> None:
    """Import the story with this many versions."""
    publishing = Publishing(archive, now)
    with archive.bulk("abcdef") as bulk:
        for number in range(1, versions + 1):
            at = moment(number, versions)
            note = _note(number)
            new = entry(
                parse_content(text(number)),
                story,
                kind=Kind.CORRECTION if note else Kind.UPDATE,
                note=note,
                created_at=at,
            )
            afterwards = [_explained(number, at, story)] if number % EXPLAINED == 0 else []
            assert publishing.add(bulk, new, afterwards, out_of_order=True)
    archive.catch_up()


def moment(number: int, versions: int) -> datetime:
    """When a version of so many went live: on the full minute."""
    minutes = DAYS * 24 * 60 * (number - 1) // versions
    return START + timedelta(minutes=minutes)


def text(number: int) -> dict[str, Any]:
    """What a version says."""
    reports = 1 + _turns(number, 6, 1)
    return {
        "title": "River rises after days of rain",
        "summary": f"The town prepares for night {1 + _turns(number, 12, 10)} of high water.",
        "overview": [
            f"The gauge at the old bridge stood at {_level(number)} cm, the water board said.",
            f"{1_200 + 15 * _turns(number, 6, 5):,} people have left their homes.",
            f"About {_homes(number):,} households are without power.",
            *(_report(each) for each in range(max(0, reports - 4), reports)),
            *_BACKGROUND,
        ],
        "analysis": [
            _OPINIONS[_turns(number, 6, 2) % len(_OPINIONS)],
            "All outlets rely on the water board's gauge.",
        ],
        "sources": [
            {"name": "Water Board", "url": "https://water.example/gauge"},
            {"name": "County", "url": "https://county.example/flood"},
        ],
        "faq": [
            {"question": "When do the schools open?", "answer": _answer(number)},
            {"question": "Is the water safe to drink?", "answer": "Yes, says the waterworks."},
        ],
    }


def _turns(number: int, every: int, turn: int) -> int:
    """How many versions from the fourth to this one have the same remainder `turn`."""
    return max(0, (number - turn) // every - (3 - turn) // every)


def _level(number: int) -> int:
    return (412, 431, 455)[min(number, 3) - 1] + 2 * _turns(number, 6, 0)


def _homes(number: int) -> int:
    return 3_000 - 25 * _turns(number, CORRECTS, 4)


def _report(number: int) -> str:
    return f"{_REPORTS[number % len(_REPORTS)]} This was report {number + 1} of the flood."


def _answer(number: int) -> str:
    return f"In {2 + _turns(number, 6, 3) % 5} days at the earliest."


def _note(number: int) -> str:
    """Of a version that corrects."""
    if number % CORRECTS != 4 or number < 4:
        return ""
    old, new = _homes(number - 1), _homes(number)
    return f"We gave the number of households without power as {old:,}; it was {new:,}."


def _explained(number: int, at: datetime, story: str) -> ActionInput:
    note = "We had the figure from a draft of the county's report."
    when = at + timedelta(minutes=1)
    return action(number, Verb.EXPLAIN, note, story=story, kind=Kind.CORRECTION, created_at=when)
