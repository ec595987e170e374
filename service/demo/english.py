"""Eight English samples: corrections, a moved paragraph, a swapped source, one with no history."""

from service.demo.history import History, Step, at, drop, move, put, reword


def source(name: str, url: str, title: str, leaning: str = "Center") -> dict[str, str]:
    return {"name": name, "url": url, "title": title, "leaning": leaning}


def entry(question: str, answer: str) -> dict[str, str]:
    return {"question": question, "answer": answer}


BRIDGE = History(
    "harbour-bridge-closure",
    {
        "title": "Harbour bridge to close for repairs in March",
        "summary": "Engineers found cracks in two of the bridge's main cables; buses will be"
        " diverted for six weeks.",
        "overview": [
            "The city of Wendmouth will close its harbour bridge to cars and buses from 2 March,"
            " after inspectors found cracks in two of its eight main cables.",
            "The repairs will take six weeks and cost 4.2 million crowns, the roads department"
            " said on Tuesday.",
            "Cyclists and pedestrians may keep using the eastern walkway throughout the works.",
            "The bridge carries about 31,000 vehicles a day and was last overhauled in 1998.",
        ],
        "analysis": [
            "Local papers lead with the delays that commuters expect. The trade press looks at the"
            " inspection regime, which had rated the cables sound two years ago.",
        ],
        "sources": [
            source("Wendmouth Courier", "https://courier.example/bridge", "Bridge to close"),
            source("Roads Department", "https://roads.example/notices/114", "Notice 114"),
        ],
        "faq": [
            entry("When does the bridge close?", "It closes to traffic on 2 March at 04:00."),
            entry("How much will it cost?", "The department puts the cost at 4.2 million crowns."),
            entry("Can I still cross on foot?", "Yes, on the eastern walkway."),
        ],
    },
    (
        Step(at("2026-02-03T09:12"), "Ines Halloran"),
        Step(
            at("2026-02-03T14:40"),
            "Ines Halloran",
            (
                reword("six weeks and cost", "eight weeks and cost"),
                reword("diverted for six weeks", "diverted for eight weeks"),
                put(
                    "overview",
                    "Ferries will run every 15 minutes at peak hours, twice as often as now, the"
                    " harbour authority announced.",
                    3,
                ),
            ),
            "The roads department extended its estimate; ferry times added.",
        ),
        Step(
            at("2026-02-05T08:05"),
            "Tomas Reke",
            (
                reword("cost 4.2 million crowns, the", "cost 6.8 million crowns, the"),
                reword("the cost at 4.2 million", "the cost at 6.8 million"),
                reword("31,000 vehicles", "13,000 vehicles"),
                move("overview", 4, 1),
                reword(
                    "which had rated the cables sound two years ago",
                    "which had rated the cables “sound” as late as 2024",
                ),
            ),
            "We gave the cost of the cables alone, and transposed the digits of the daily traffic.",
            "correction",
        ),
        Step(
            at("2026-02-11T17:30"),
            "Ines Halloran",
            (
                reword("from 2 March", "from 9 March"),
                reword("on 2 March at 04:00", "on 9 March at 04:00"),
                drop("sources", 0),
                put(
                    "sources",
                    source(
                        "Harbour Herald",
                        "https://herald.example/2026/cables",
                        "Cables: a week later",
                    ),
                    0,
                ),
            ),
            "The closure was put off by a week.",
        ),
        Step(
            at("2026-02-12T10:00"),
            "Jo Lindqvist",
            (reword("Can I still cross on foot?", "Can I still cross on foot or by bicycle?"),),
            draft=True,
        ),
    ),
)

MEALS = History(
    "school-meals-budget",
    {
        "title": "Council votes to keep school meals free",
        "summary": "By one vote, Ostrava Vale's council kept free lunches for all pupils under 12.",
        "overview": [
            "The council of Ostrava Vale voted 21 to 20 on Monday to keep school lunches free for"
            " every pupil under 12.",
            "The programme feeds 8,400 children and costs 3.1 million crowns a year, about 2% of"
            " the council's budget.",
            "“No child learns on an empty stomach,” said councillor Mirela Dusk, who proposed the"
            " motion.",
        ],
        "analysis": [
            "Coverage divides along the lines of the vote; all accounts agree on the sums."
        ],
        "sources": [
            source(
                "Vale Gazette", "https://gazette.example/meals", "Meals saved by one vote", "Left"
            ),
            source("Vale Times", "https://times.example/meals", "Taxpayers foot lunch", "Right"),
        ],
        "faq": [entry("", "The meals stay free until the next budget, in February 2027.")],
    },
    (
        Step(at("2026-03-16T20:15"), "Dara Voss"),
        Step(
            at("2026-03-17T07:55"),
            "Dara Voss",
            (reword("8,400 children", "4,800 children"),),
            "An earlier version doubled the number of children nearly; the council's own figure is"
            " 4,800.",
            "correction",
        ),
        Step(
            at("2026-03-17T11:20"),
            "Peter Quill",
            (
                put(
                    "overview",
                    "Opponents said that they would ask for a means test instead.",
                    3,
                ),
                reword("said councillor Mirela Dusk", "said Mirela Dusk, the councillor"),
            ),
            "Added the other side.",
        ),
    ),
)

WOLVES = History(
    "wolf-pack-karst",
    {
        "title": "Wolves return to the Karst plateau after ninety years",
        "summary": "Camera traps recorded a pair with four cubs.",
        "overview": [
            "A pack of six wolves now lives on the Karst plateau, the first in ninety years, the"
            " forest service confirmed.",
            "Shepherds on the plateau lost eleven sheep in the autumn and ask for guard dogs.",
            "Camera traps took the first pictures of the cubs in August; the animals' tracks had"
            " been known since the spring.",
            "The state pays for animals that wolves have killed if the herd was behind a fence.",
        ],
        "analysis": ["Most reports set the joy of conservationists beside the worry of shepherds."],
        "sources": [
            source("Forest Service", "https://forest.example/wolves", "Report on the pack"),
            source("Plateau Radio", "https://radio.example/wolves", "Shepherds want dogs"),
        ],
        "faq": [
            entry("Are the wolves dangerous?", "No attack on a person is known from this pack."),
            entry("How many are there?", "Six: two grown animals and four cubs."),
        ],
    },
    (
        Step(at("2026-01-20T06:30"), "Lena Brandt"),
        Step(
            at("2026-01-20T09:45"),
            "Lena Brandt",
            (move("overview", 2, 1), move("faq", 1, 0)),
            "Order of events made plain.",
            "clarification",
        ),
        Step(
            at("2026-01-28T15:10"),
            "Lena Brandt",
            (
                reword("eleven sheep", "fourteen sheep"),
                reword("and ask for", "and asked the state for"),
            ),
        ),
    ),
)

TRIAL = History(
    "hospital-vaccine-trial",
    {
        "title": "Hospital begins trial of nasal flu vaccine",
        "summary": "Six hundred volunteers will get a spray instead of a jab.",
        "overview": [
            "St Brannoc's Hospital has begun a trial of a flu vaccine that is sprayed into the"
            " nose.",
            "The trial will follow 600 volunteers between 18 and 64 for a year.",
            "Results are expected in the autumn of 2027.",
        ],
        "analysis": ["The reports follow the hospital's statement closely."],
        "sources": [
            source("St Brannoc's Hospital", "https://brannoc.example/press/77", "Press release"),
            source("Daily Pulse", "https://pulse.example/spray", "Jab-free flu shot", "Right"),
        ],
        "source_count": 4,
        "faq": [entry("Who pays for the trial?", "The national research fund.")],
    },
    (
        Step(at("2026-04-07T12:00"), "Amara Singh"),
        Step(
            at("2026-04-09T16:25"),
            "Amara Singh",
            (
                drop("sources", 1),
                put(
                    "sources",
                    source("Trial register", "https://register.example/0419", "Entry 0419"),
                    1,
                ),
                reword("between 18 and 64", "between 18 and 59"),
            ),
            "The age limit is that of the register; the paper we quoted before had it wrong.",
            "correction",
        ),
    ),
)

LIBRARY = History(
    "library-night-hours",
    {
        "title": "Central library to stay open until midnight",
        "summary": "From May the reading rooms stay open two hours longer on weekdays.",
        "overview": [
            "The central library of Port Lisse will stay open until midnight on weekdays from"
            " 4 May.",
            "Students had gathered 5,200 signatures for longer hours.",
        ],
        "analysis": ["Reported by the local paper alone."],
        "sources": [],
        "source_count": 1,
        "faq": [entry("", "The lending desk still closes at 20:00.")],
    },
    (Step(at("2026-04-20T08:00"), "Noor Aziz"),),
)

STADIUM = History(
    "stadium-referendum",
    {
        "title": "Voters reject new stadium",
        "summary": "Fifty-three in a hundred said no to a publicly funded arena.",
        "overview": [
            "Voters in Greyfield rejected a new stadium on Sunday: 53.1% said no.",
            "The plan would have cost 240 million crowns, two thirds of it public money.",
            "Turnout was 61%, the highest for a local vote since 2011.",
        ],
        "analysis": [
            "National outlets read the result as a verdict on the mayor; local ones do not."
        ],
        "sources": [source("Election office", "https://vote.example/greyfield", "Final count")],
        "faq": [
            entry("Can the club build it alone?", "It says that it cannot."),
            entry("Is the result final?", "Yes."),
        ],
    },
    (
        Step(at("2026-05-10T21:40"), "Greta Moll"),
        Step(
            at("2026-05-10T23:05"),
            "Greta Moll",
            (reword("53.1%", "52.8%"), reword("Fifty-three in a hundred", "A narrow majority")),
            "Final count.",
        ),
        Step(
            at("2026-05-12T09:30"),
            "Greta Moll",
            (
                reword("Yes.", "No: a recount was ordered in two districts."),
                put("title", "Voters reject new stadium; recount ordered"),
            ),
        ),
        Step(
            at("2026-05-19T18:00"),
            "Hanne Ost",
            (
                reword(
                    "No: a recount was ordered in two districts.",
                    "Yes: the recount in two districts confirmed it on 19 May.",
                ),
                put("title", "Voters reject new stadium, recount confirms"),
                reword("52.8% said no", "52.6% said no after a recount"),
            ),
        ),
    ),
)

FERRY = History(
    "island-ferry-timetable",
    {
        "title": "Island ferry adds a night boat",
        "summary": "A sailing at 23:30 starts with the summer timetable.",
        "overview": [
            "The ferry to Skarv island gets a night boat at 23:30 from 1 June.",
            "Islanders had asked for one since the late bus was introduced in 2019 .",
            "A single ticket stays at 45 crowns.",
        ],
        "analysis": ["One company announcement, widely reprinted."],
        "sources": [source("Skarv Line", "https://skarv.example/summer", "Summer timetable")],
        "faq": [],
    },
    (
        Step(at("2026-05-02T10:00"), "Ulf Berg"),
        Step(
            at("2026-05-02T10:20"),
            "Ulf Berg",
            (reword("2019 .", "2019."),),
            "Typing error.",
            "minor",
        ),
        Step(
            at("2026-05-20T13:00"),
            "Ulf Berg",
            (reword("stays at 45 crowns", "rises from 45 to 48 crowns"),),
            "The line had not told us of the new fare.",
            "correction",
        ),
    ),
)

STORIES = (BRIDGE, MEALS, WOLVES, TRIAL, LIBRARY, STADIUM, FERRY)
