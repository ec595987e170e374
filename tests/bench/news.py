"""Stories of 4 KB and edits of a sentence, made by chance from a seed, as much alike as news is."""

from collections.abc import Iterator

from repo_store.history.records import RevisionInput
from repo_store.story.content import Content
from tests.chance import seeded
from tests.samples import content, entry

_COMMON = ["the", "of", "to", "and", "a", "in", "that", "is", "was", "for", "on", "with", "it"]
_COMMON += ["has", "have", "not", "said", "after", "over", "under", "council", "city", "year"]
_COMMON += ["people", "police", "road", "government", "minister", "report", "more", "than", "two"]
_SYLLABLES = [one + other for one in "bcdfghklmnprstvw" for other in "aeiou"]


class News:
    def __init__(self, seed: int = 1) -> None:
        self._chance = seeded(seed)
        lengths = [2, 3, 4] * 5_000
        words = ["".join(self._chance.choices(_SYLLABLES, k=length)) for length in lengths]
        # As in any text, a few words stand everywhere and most are rare.
        weights = [1 / (place + 10) for place in range(len(words))]
        self._pool = self._chance.choices(words, weights, k=200_000)

    def sentence(self) -> str:
        picked = self._chance.choices(_COMMON, k=8) + self._chance.choices(self._pool, k=6)
        self._chance.shuffle(picked)
        return " ".join(picked).capitalize() + "."

    def story(self) -> list[str]:
        """Eight paragraphs, some 4 KB."""
        return [" ".join(self.sentence() for _ in range(6)) for _ in range(8)]

    def edited(self, paragraphs: list[str]) -> list[str]:
        place = self._chance.randrange(len(paragraphs))
        first, _, rest = paragraphs[place].partition(". ")
        return [*paragraphs[:place], f"{self.sentence()} {rest or first}", *paragraphs[place + 1 :]]

    def entries(self, stories: int, versions: int = 1, start: int = 0) -> Iterator[RevisionInput]:
        """Each story's versions after one another."""
        for number in range(start, start + stories):
            paragraphs = self.story()
            for version in range(versions):
                if version:
                    paragraphs = self.edited(paragraphs)
                yield entry(self.content(number, paragraphs), f"story-{number}")

    @staticmethod
    def content(number: int, paragraphs: list[str]) -> Content:
        title = f"Story number {number}"
        return content(title=title, overview=paragraphs[:4], analysis=paragraphs[4:])
