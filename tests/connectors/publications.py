"""What is played in each content management system: seven publications of an article, and what
happens between them; and an article that the system publishes by itself.
"""

from dataclasses import dataclass, replace
from enum import Enum


@dataclass(frozen=True)
class Article:
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    slug: str

    def with_edit(self, old: str, new: str) -> "Article":
        assert any(old in each for each in self.paragraphs)
        return replace(self, paragraphs=tuple(each.replace(old, new) for each in self.paragraphs))


class Way(Enum):
    """What the editor, or the system, does."""

    CREATE = "create"
    SAVE = "save"
    SAVE_TWICE = "save twice"
    """Two requests at the same time, as from a double click."""
    TAKE_OFFLINE = "take offline"
    PUBLISH_AGAIN = "publish again"
    """With another date of publication."""


class Becomes(Enum):
    """What the archive must have made of it."""

    VERSION = "version"
    NOTHING = "nothing"
    EXPLANATION = "explanation"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True)
class Publication:
    """`to_explain`: the kinds of facts that it leaves unexplained."""

    what: str
    article: Article
    way: Way = Way.SAVE
    note: str = ""
    becomes: Becomes = Becomes.VERSION
    to_explain: tuple[str, ...] = ()


FIRST = Article(
    title="Ferry to Holm Island stops for the winter",
    summary="The council says the pier isn't safe & must be rebuilt.",
    paragraphs=(
        "The ferry to Holm Island will not run between November and March, the council said.",
        "Rebuilding the pier costs 4.2 million crowns, twice what was planned in 2019.",
        'Harbour master Jon Reed said: "We had no choice." About 60 people live on the island.',
        "Ask at \u202aharbour@holm.example\u202c\u2028before you travel.",
        "Groceries – and the post – will come by helicopter on Tuesdays; a seat costs < 90 crowns.",
    ),
    slug="holm-ferry-stops",
)
FIGURE = FIRST.with_edit("4.2 million", "6.8 million")
HEADLINE = replace(FIGURE, title="Ferry to Holm Island stops for 5 months")
NAME = HEADLINE.with_edit("Jon Reed", "Joan Reed")
QUOTATION = NAME.with_edit("We had no choice.", "We had little choice.")
SLUG = replace(QUOTATION.with_edit("November and March", "November and April"), slug="holm-ferry")
AGAIN = replace(SLUG, paragraphs=(*SLUG.paragraphs, "The council meets again in spring."))
SCHEDULED = Article(
    title="Helicopter to Holm Island begins",
    summary="It's the island's only link.",
    paragraphs=("The first flight leaves at 9:30 on Tuesday.",),
    slug="holm-helicopter",
)

PLAY = (
    Publication("published for the first time", FIRST, Way.CREATE),
    Publication("a figure corrected without a note", FIGURE, to_explain=("number",)),
    Publication("the headline changed without a note", HEADLINE, to_explain=("headline",)),
    Publication(
        "a name corrected with a note",
        NAME,
        note="An earlier version misspelt the harbour master’s name, which is Joan Reed.",
    ),
    Publication(
        "a quotation changed, saved twice at once",
        QUOTATION,
        Way.SAVE_TWICE,
        "",
        Becomes.VERSION,
        ("quotation",),
    ),
    Publication("saved again without a change", QUOTATION, becomes=Becomes.NOTHING),
    Publication(
        "its forgotten note added",
        QUOTATION,
        note="An earlier version misquoted the harbour master.",
        becomes=Becomes.EXPLANATION,
    ),
    Publication("the slug changed with an edit", SLUG, to_explain=("date",)),
    Publication("taken off the site", SLUG, Way.TAKE_OFFLINE, becomes=Becomes.WITHDRAWAL),
    Publication("published again with another date", AGAIN, Way.PUBLISH_AGAIN),
)
BY_ITSELF = Publication("an article published by the system itself", SCHEDULED)
