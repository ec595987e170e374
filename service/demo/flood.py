"""The long one: a river's flood in forty versions over five days, as a newsroom would write it:
new readings of the gauge, reports, corrections of what was wrong, and a report that was retracted.
"""

from service.demo.english import entry, source
from service.demo.history import Edit, History, Step, at, move, put, reword

_MIKA, _SANNE, _PETER = "Mika Orlov", "Sanne Vries", "Peter Quill"


def _gauge(old: int, new: int) -> tuple[Edit, Edit]:
    """The level stands in the first paragraph and in an answer."""
    return (
        reword(f"stood at {old} cm", f"stood at {new} cm"),
        reword(f"{old} cm at the Old Ferry gauge", f"{new} cm at the Old Ferry gauge"),
    )


def _when(old: str, new: str) -> Edit:
    return reword(f"cm in Old Ferry on {old} and", f"cm in Old Ferry on {new} and")


_SUNDAY = (
    Step(at("2026-06-14T15:00"), _MIKA),
    Step(at("2026-06-14T15:40"), _MIKA, _gauge(412, 431)),
    Step(
        at("2026-06-14T16:30"),
        _MIKA,
        (
            *_gauge(431, 455),
            put("overview", "Volunteers fill sandbags at the fire station in Quay Road.", 2),
        ),
        "The water board's reading of half past four.",
    ),
    Step(
        at("2026-06-14T17:05"),
        _SANNE,
        (put("overview", "The fire service closed the underpass at Mill Street.", 1),),
    ),
    Step(
        at("2026-06-14T17:40"),
        _SANNE,
        (reword("underpass at Mill Street", "underpass at Mill Lane"),),
        "We named the wrong street: the underpass at Mill Lane is closed. Mill Street is open.",
        "correction",
    ),
    Step(
        at("2026-06-14T18:30"),
        _MIKA,
        (
            *_gauge(455, 488),
            _when("Sunday afternoon", "Sunday evening"),
            put("overview", "320 households in the Fishmarket are without power.", 2),
        ),
    ),
    Step(
        at("2026-06-14T19:10"),
        _MIKA,
        (
            *_gauge(488, 519),
            put(
                "overview",
                "Water came over the quay wall at Saltmarket shortly after seven and ran accross"
                " the square into cellars and shops.",
                1,
            ),
        ),
        "The river is in the streets at Saltmarket.",
    ),
    Step(
        at("2026-06-14T19:45"),
        _SANNE,
        (reword("320 households in the Fishmarket are", "540 households near the river are"),),
    ),
    Step(
        at("2026-06-14T20:30"),
        _SANNE,
        (
            reword(
                "Nobody was in danger, according to the fire service.",
                "Mayor Ana Petrov called on everyone east of the railway “to go to the upper"
                " floors now, and not to wait for the morning”.",
            ),
        ),
        "The mayor's call replaces the fire service's statement of the afternoon.",
    ),
    Step(
        at("2026-06-14T21:10"),
        _MIKA,
        (
            *_gauge(519, 546),
            put("overview", "180 people have been brought to safety by boat.", 3),
        ),
    ),
    Step(
        at("2026-06-14T21:35"),
        _SANNE,
        (reword("everyone east of the railway", "everyone between the railway and the river"),),
        "Readers asked whom the mayor meant: the call is for the streets between the railway and"
        " the river, not for the hospital quarter.",
        "clarification",
    ),
    Step(at("2026-06-14T22:20"), _MIKA, (reword("180 people", "410 people"),)),
    Step(
        at("2026-06-14T23:00"),
        _MIKA,
        (
            *_gauge(546, 590),
            _when("Sunday evening", "Sunday night"),
            put("title", "Old Ferry under water as the River Lind keeps rising"),
            put("summary", "Hundreds leave their homes; the peak is expected before dawn."),
        ),
    ),
    Step(at("2026-06-14T23:40"), _SANNE, (reword("accross", "across"),), "", "minor"),
)

_MONDAY = (
    Step(
        at("2026-06-15T00:30"),
        _PETER,
        (*_gauge(590, 619), _when("Sunday night", "Monday after midnight")),
    ),
    Step(
        at("2026-06-15T02:10"),
        _PETER,
        (
            *_gauge(619, 634),
            put("title", "River Lind reaches highest level on record"),
            put(
                "overview",
                "The gauge passed the mark of 2002 at ten minutes to two. The river has never been"
                " measured so high.",
                1,
            ),
        ),
        "The level is above that of 2002.",
    ),
    Step(
        at("2026-06-15T03:00"),
        _PETER,
        (
            put("title", "River Lind reaches highest level since 1931"),
            reword(
                "The river has never been measured so high.",
                "It is the highest level since readings began in 1931.",
            ),
        ),
        "We called this the highest level on record. The gauge has been read since 1931 only; marks"
        " on the old toll house show that the flood of 1845 was higher.",
        "correction",
    ),
    Step(
        at("2026-06-15T05:45"),
        _PETER,
        (
            *_gauge(634, 631),
            _when("Monday after midnight", "Monday at dawn"),
            reword("was still rising", "was falling slowly"),
        ),
        "For the first time since Friday the river falls.",
    ),
    Step(
        at("2026-06-15T07:30"),
        _SANNE,
        (reword("On Monday, as usual.", "On Tuesday at the earliest."),),
    ),
    Step(
        at("2026-06-15T09:00"),
        _SANNE,
        (
            reword("410 people have been brought", "1,250 people have been brought"),
            put(
                "overview",
                "The army brought pumps and forty soldiers to the waterworks. The footbridge at"
                " Harl was swept away.",
                3,
            ),
        ),
    ),
    Step(
        at("2026-06-15T10:20"),
        _MIKA,
        (reword("540 households near the river", "5,400 households on both banks"),),
        "We dropped a zero: 5,400 households had no power on Monday morning, not 540. The mistake"
        " stood here since Sunday evening, when it may have been right.",
        "correction",
    ),
    Step(
        at("2026-06-15T12:15"),
        _PETER,
        (
            put(
                "analysis",
                "Local papers ask why the sirens were first heard at eight, an hour after the water"
                " had come over the wall. The county says that they are tested each spring.",
                1,
            ),
        ),
        "Added how others report on the warnings.",
    ),
    Step(
        at("2026-06-15T14:40"),
        _SANNE,
        (put("faq", entry("Is the tap water safe?", "Boil it before you drink it."), 1),),
    ),
    Step(
        at("2026-06-15T16:30"),
        _SANNE,
        (
            put(
                "sources",
                source(
                    "County Emergency Office", "https://county.example/lind", "Situation report"
                ),
                1,
            ),
        ),
    ),
    Step(
        at("2026-06-15T18:00"),
        _MIKA,
        (*_gauge(631, 609), _when("Monday at dawn", "Monday evening")),
    ),
    Step(
        at("2026-06-15T20:45"),
        _MIKA,
        (reword(" The footbridge at Harl was swept away.", ""),),
        "We reported that the footbridge at Harl had been swept away. It was damaged, and stands."
        " We had it from one post that we did not check, and take it back.",
        "retraction",
    ),
)

_TUESDAY = (
    Step(
        at("2026-06-16T06:30"),
        _MIKA,
        (
            *_gauge(609, 571),
            _when("Monday evening", "Tuesday morning"),
            reword("was falling slowly", "was falling"),
        ),
    ),
    Step(
        at("2026-06-16T08:00"),
        _SANNE,
        (
            reword(
                "On Tuesday at the earliest.", "On Thursday; three gyms are shelters until then."
            ),
        ),
    ),
    Step(
        at("2026-06-16T09:40"),
        _SANNE,
        (
            put("overview", "Trains to the coast run again, on one track.", 3),
            reword(
                "Volunteers fill sandbags at the fire station in Quay Road.",
                "Volunteers clear cellars; whoever can help is asked to come to the fire station in"
                " Quay Road.",
            ),
        ),
    ),
    Step(
        at("2026-06-16T12:10"),
        _MIKA,
        (reword("5,400 households on both banks are", "1,900 households on the east bank are"),),
        "The west bank has power again.",
    ),
    Step(
        at("2026-06-16T15:00"),
        _PETER,
        (
            put("title", "Flood on the Lind recedes"),
            put("summary", "Old Ferry returns to muddy streets and begins to count the damage."),
            move("overview", 2, 7),
        ),
    ),
    Step(
        at("2026-06-16T17:20"),
        _PETER,
        (
            reword(
                "1,250 people have been brought to safety by boat.",
                "1,250 people slept in shelters, of whom 860 had been brought there by boat.",
            ),
        ),
        "We said that 1,250 people had been brought to safety by boat. That is how many slept in"
        " the county's shelters; 860 of them came by boat.",
        "correction",
    ),
    Step(
        at("2026-06-16T21:00"),
        _MIKA,
        (*_gauge(571, 498), _when("Tuesday morning", "Tuesday night")),
    ),
)

_LAST_DAYS = (
    Step(
        at("2026-06-17T07:15"),
        _PETER,
        (
            put(
                "overview",
                "The flood caused damage of 21 million crowns in Old Ferry, the county estimates.",
                1,
            ),
        ),
    ),
    Step(
        at("2026-06-17T10:30"),
        _SANNE,
        (reword("Boil it before you drink it.", "Yes, since Wednesday morning."),),
        "The health office lifted its advice to boil water.",
    ),
    Step(
        at("2026-06-17T13:45"),
        _PETER,
        (
            reword(
                "The flood caused damage of 21 million crowns in Old Ferry, the county estimates.",
                "The flood caused damage of 21 million crowns to roads, schools and other public"
                " buildings in Old Ferry, the county estimates. What homes and shops lost is not"
                " known yet.",
            ),
        ),
        "The county's estimate is of public property alone, which we had not said.",
        "clarification",
    ),
    Step(
        at("2026-06-17T18:20"),
        _SANNE,
        (
            put(
                "overview",
                "Mayor Petrov thanked “hundreds of neighbours whom nobody had asked to come”.",
                2,
            ),
        ),
    ),
    Step(
        at("2026-06-18T08:00"),
        _MIKA,
        (
            *_gauge(498, 437),
            _when("Tuesday night", "Thursday morning"),
            reword(
                "On Thursday; three gyms are shelters until then.",
                "All but Quay Road Primary opened on Thursday.",
            ),
        ),
    ),
    Step(
        at("2026-06-18T12:30"),
        _SANNE,
        (reword("ran across the square into cellars", "poured across the square into cellars"),),
        "",
        "minor",
    ),
    Step(
        at("2026-06-18T17:00"),
        _MIKA,
        (
            *_gauge(437, 421),
            _when("Thursday morning", "Thursday afternoon"),
            reword(
                "1,900 households on the east bank are without power.",
                "Since noon the last households on the east bank have had power again.",
            ),
        ),
        "Power is back everywhere. We end our reports on the flood here; the inquiry into the"
        " sirens will have a story of its own.",
    ),
)

STORY = History(
    "river-lind-flood",
    {
        "title": "River Lind rises after days of rain",
        "summary": "Old Ferry prepares for a night of high water.",
        "overview": [
            "The Lind stood at 412 cm in Old Ferry on Sunday afternoon and was still rising, the"
            " water board said.",
            "Nobody was in danger, according to the fire service.",
            "Heavy rain in the hills had swollen the river since Friday.",
        ],
        "analysis": [
            "All outlets rely on the water board's gauge; pictures come from residents.",
        ],
        "sources": [
            source("Lind Water Board", "https://water.example/gauge/old-ferry", "Gauge"),
            source("Old Ferry Post", "https://post.example/live", "The flood as it happens"),
        ],
        "faq": [
            entry("How high is the water?", "412 cm at the Old Ferry gauge."),
            entry("When do the schools open?", "On Monday, as usual."),
        ],
    },
    (*_SUNDAY, *_MONDAY, *_TUESDAY, *_LAST_DAYS),
)
