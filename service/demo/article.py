"""A sample in the shape of an article: links, a list, a quotation, a table and pictures change."""

from service.demo.history import History, Step, at, put, reword

STORY = History(
    "night-train-returns",
    {
        "shape": "article",
        "title": "The night train to Ostermark returns after nine years",
        "summary": "Sleeping cars will leave Wendmouth five evenings a week from 14 June.",
        "authors": ["Ines Halloran", "Piet Maas"],
        "section": "Transport",
        "tags": ["Railways", "Ostermark", "Night trains"],
        "language": "en",
        "url": "https://courier.example/transport/night-train-returns",
        "image": {
            "url": "https://images.courier.example/night-train-1.jpg",
            "alt": "A blue sleeping car at a platform at dusk",
            "caption": "One of twelve sleeping cars that were rebuilt in Harrow Vale.",
            "credit": "Mara Lindqvist",
        },
        "body": [
            "The night train between Wendmouth and Ostermark, which last ran in 2017, **returns on"
            " 14 June**, the operator [Northline](https://northline.example/) said on Monday.",
            "Twelve cars from the 1980s were stripped to the frame and rebuilt for 38 million"
            " crowns, half of it from the [climate fund](https://fund.example/grants/2025-118).",
            "> “People asked us for this train more often than for anything else,” said Joana Reis,"
            " who heads Northline.",
            "## What it offers",
            "- Seats from 19 crowns",
            "- Couchettes for four or six from 49 crowns",
            "- *Single* and double cabins with a shower from 129 crowns",
            "## When it runs",
            "| Station | Evening | Morning |",
            "| --- | --- | --- |",
            "| Wendmouth Central | 21:40 | 7:55 |",
            "| Harrow Vale | 23:05 | 6:20 |",
            "| Ostermark | 7:10 | 22:15 |",
            "![The dining car, with eight tables](https://images.courier.example/dining-car.jpg "
            '"The dining car serves breakfast from 5:30")',
            "Tickets are sold from 2 May. Bicycles travel *free of charge* until August ends.",
        ],
        "sources": [
            {"name": "Northline", "url": "https://northline.example/press/61"},
            {
                "name": "Climate Fund",
                "url": "https://fund.example/grants/2025-118",
                "title": "Grant 2025-118",
            },
        ],
        "ids": ["courier-20418"],
    },
    (
        Step(at("2026-04-13T10:20"), "Ines Halloran"),
        Step(
            at("2026-04-13T16:05"),
            "Ines Halloran",
            (
                reword("https://northline.example/)", "https://northline.example/night-train)"),
                reword("| Harrow Vale | 23:05 | 6:20 |", "| Harrow Vale | 23:15 | 6:20 |"),
                reword("*free of charge*", "**free of charge**"),
            ),
            "The train stops in Harrow Vale at 23:15. The link leads to the timetable now.",
            "correction",
        ),
        Step(
            at("2026-04-14T08:30"),
            "Piet Maas",
            (
                reword("38 million", "41 million"),
                reword("half of it", "18 million of it"),
                reword("who heads Northline", "who heads Northline’s night trains"),
                put("authors", ["Ines Halloran", "Piet Maas", "Mara Lindqvist"]),
                reword("night-train-1.jpg", "night-train-2.jpg"),
                reword("One of twelve sleeping cars that were", "One of the twelve cars that were"),
            ),
            "The cars cost 41 million crowns, of which the fund pays 18 million; an earlier"
            " version said 38 million, half of it from the fund. Mara Lindqvist is named now.",
            "correction",
        ),
        Step(
            at("2026-04-20T12:00"),
            "Piet Maas",
            (
                put("body", "### Where to book", 14),
                put("body", "https://video.example/watch/night-train-tour", 8),
            ),
            "A tour of the cars added.",
        ),
    ),
)
