"""What still stands, on a real archive: since which correction, where, and until when."""

from dataclasses import dataclass

import pytest

from repo_store import Revision, State, Verb
from repo_store.archive import Archive
from service.config import Settings
from service.diffing import Page
from service.provenance.inconsistencies import Stands
from service.usecases.reading import Stories
from service.wiring import Services
from tests.redactions import CANARY, removal
from tests.samples import action, append, content, entry, ticking

OLD = "The Arda dam holds 4.2 million cubic metres of water."
NEW = "The Arda dam holds 4.8 million cubic metres of water."
FAQ = {"question": "How much water is that?", "answer": "All of 4.2 million cubic metres."}
FIXED = {"question": "How much water is that?", "answer": "All of 4.8 million cubic metres."}
REST = {"question": "", "answer": "The dam is closed."}


@dataclass(frozen=True)
class Desk:
    archive: Archive
    services: Services

    def publish(self, story: str = "dam", **fields: object) -> None:
        texts = {"title": "Water", "summary": "", "overview": [NEW], "faq": [REST], "sources": []}
        append(self.archive, entry(content(**texts | fields), story))

    def work(self) -> None:
        """What the server does in the background."""
        builder = self.services.builder()
        while builder.once():
            pass

    def of(self, story: str = "dam") -> list[Stands]:
        found = self.services.inconsistencies.of(story)
        assert found.complete
        return found.items

    def standing(self, story: str = "dam") -> list[str]:
        return [
            f"{each.place.story} {each.place.section} {each.place.block}" for each in self.of(story)
        ]


@pytest.fixture
def desk(archive: Archive) -> Desk:
    made = Desk(archive, Services(Settings(archive.path), archive, ticking()))
    made.services.builder().once()  # from now on, what is recorded is worked on
    return made


def test_an_old_figure_is_listed_until_it_is_fixed(desk: Desk) -> None:
    desk.publish(overview=[OLD], faq=[REST, FAQ])
    assert not desk.of()
    desk.publish(faq=[REST, FAQ])
    [stands] = desk.of()
    place, change = stands.place, stands.change
    assert (place.section, place.block, place.field) == ("faq", 1, "answer")
    assert place.text == change.old.text == "4.2 million cubic metres"
    assert place.sentence == FAQ["answer"]
    assert (change.new.text, place.version) == ("4.8 million cubic metres", 2)
    for number in range(12):
        desk.publish(faq=[FAQ, REST], title=f"Water {number}")
    desk.work()
    assert desk.standing() == ["dam faq 0"], "however many versions ago it was corrected"
    desk.publish(faq=[REST, FIXED])
    assert not desk.of()


def test_what_is_written_again_is_listed_again(desk: Desk) -> None:
    desk.publish(overview=[OLD])
    desk.publish()
    assert not desk.of()
    desk.publish(faq=[REST, FAQ])
    assert desk.standing() == ["dam faq 1"]


def test_a_correction_that_is_taken_back_leaves_nothing(desk: Desk) -> None:
    for overview in (OLD, NEW, OLD):
        desk.publish(overview=[overview], faq=[FAQ])
    assert not desk.of()


def test_another_story_says_it_still(desk: Desk) -> None:
    told = "Behind the Arda dam lie 4,200,000 cubic metres of water."
    desk.publish("valley", overview=[told])
    desk.publish("volga", overview=[told.replace("Arda", "Volga")])
    desk.publish(overview=[OLD])
    desk.publish()
    desk.work()
    assert desk.standing() == desk.standing("valley") == ["valley overview 0"]
    assert not desk.of("volga")
    assert desk.of("valley")[0].place.corrected_in == "dam"
    desk.publish("town", overview=[told])
    assert desk.standing("town") == ["town overview 0"], "a later story repeats it"
    assert desk.standing() == ["town overview 0", "valley overview 0"]
    desk.publish("valley", overview=[told.replace("4,200,000", "4,800,000")])
    assert desk.standing() == ["town overview 0"]
    assert not desk.of("valley")
    desk.publish(overview=[OLD])
    desk.work()
    assert not desk.of("town"), "the old figure is right again"


def test_other_stories_are_found_without_the_background_too(desk: Desk) -> None:
    desk.publish("valley", overview=[OLD])
    desk.publish(overview=[OLD])
    desk.publish()
    assert desk.standing() == ["valley overview 0"]


def test_no_more_than_twenty_stories_are_read_for_a_correction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        dam = "Arda" if number % 2 else "Bela"
        desk.publish(f"valley-{number}", overview=[OLD.replace("Arda", dam)])
    desk.publish(overview=[OLD], title="Rain falls on Arda and Bela")
    desk.publish(title="Rain falls on Arda and Bela")
    read: set[str] = set()
    page = Stories.page

    def counted(self: Stories, revision: Revision | None) -> Page:
        assert revision
        read.add(revision.story)
        return page(self, revision)

    monkeypatch.setattr(Stories, "page", counted)
    assert len(desk.of()) == 20
    assert len(read) == 21


def test_a_draft_leaves_what_it_does_not_fix(desk: Desk) -> None:
    desk.publish(overview=[OLD], analysis=[OLD], faq=[FAQ])
    desk.publish(analysis=[OLD], faq=[FAQ])
    stories, found = desk.services.stories, desk.services.inconsistencies

    def left(**fields: object) -> list[str]:
        desk_texts = {"title": "Water", "summary": "", "overview": [NEW], "sources": []}
        append(
            desk.archive,
            entry(content(**desk_texts | fields), "dam", state=State.DRAFT, base_version=2),
        )
        draft = desk.archive.index.newest("dam", State.DRAFT)
        assert draft
        standing = found.left_by(draft, stories.against_live(draft))
        return [each.place.section for each in standing.open]

    assert left(analysis=[OLD], faq=[FAQ], title="Draft") == ["analysis", "faq"]
    assert left(analysis=[NEW], faq=[FAQ]) == ["faq"]
    assert left(analysis=[NEW], faq=[FIXED]) == []
    assert left(overview=[OLD], analysis=[OLD], faq=[FAQ]) == [], "it puts the old figure back"
    nine = NEW.replace("4.8", "9.1")
    assert left(overview=[nine], analysis=[NEW], faq=[FIXED]) == ["analysis", "faq"]
    assert len(desk.of()) == 2, "drafts change nothing"


def test_a_waiver_holds_as_long_as_the_sentence_repeats_the_value(desk: Desk) -> None:
    desk.publish(overview=[OLD], analysis=[OLD], faq=[FAQ])
    desk.publish(analysis=["Once there were fish."], faq=[FAQ])

    def waive(story: str, old: str) -> None:
        live = desk.archive.index.newest(story, State.PUBLISHED)
        assert live
        with desk.archive.batch() as batch:
            batch.act(action(live.revision, Verb.WAIVE, "As it was.", story=story, value=old))

    def waived(story: str = "dam") -> list[bool]:
        return [each.waived is not None for each in desk.of(story)]

    waive("dam", "4.2 million euros")
    assert waived() == [False]
    waive("dam", "4.2 million cubic metres")
    [stands] = desk.of()
    assert stands.waived
    assert (stands.waived.note, stands.waived.author.name) == ("As it was.", "Dara Voss")
    assert desk.services.inconsistencies.open_counts(["dam"]) == {}
    desk.publish(faq=[REST, FAQ], title="Other")
    assert waived() == [True], "it moved, but says the same"
    desk.publish(faq=[REST, FAQ], overview=[NEW, OLD])
    assert waived() == [False, True], "another sentence repeats it, too"
    desk.publish(faq=[FAQ | {"answer": "Not 5 but 4.2 million cubic metres."}])
    assert waived() == [False], "the sentence is another one"
    desk.publish("valley", overview=["Behind the Arda dam are 4,200,000 m³ of water."])
    waive("valley", "4,200,000 m³")
    assert waived("valley") == [True], "by what stands there"
    assert waived() == [False, True]


def test_a_story_that_is_withdrawn_says_nothing(desk: Desk) -> None:
    desk.publish("valley", overview=[OLD])
    desk.publish(overview=[OLD], faq=[FAQ])
    desk.publish(faq=[FAQ])
    assert desk.standing() == ["dam faq 0", "valley overview 0"]
    for story in ("valley", "dam"):
        live = desk.archive.index.newest(story, State.PUBLISHED)
        assert live
        with desk.archive.batch() as batch:
            batch.act(action(live.revision, Verb.WITHDRAW, "Wrong.", story=story))
        assert desk.standing() == (["dam faq 0"] if story == "valley" else [])


def test_the_queue_counts_what_stands(desk: Desk) -> None:
    desk.publish("other")
    desk.publish(overview=[OLD], analysis=[OLD], faq=[FAQ])
    desk.publish(analysis=[OLD], faq=[FAQ])
    desk.work()
    counts = desk.services.inconsistencies.open_counts
    assert counts(["dam", "other", "none", "dam"]) == {"dam": 2}
    desk.publish(faq=[FAQ])
    assert counts(["dam"]) == {}, "of the live text alone"


def test_what_the_queue_shows_is_searched_first(desk: Desk, archive: Archive) -> None:
    desk.publish(overview=[OLD], faq=[FAQ])
    desk.publish(faq=[FAQ])
    desk.work()
    for path in archive.path.glob("provenance.db*"):
        path.unlink()
    counts = desk.services.inconsistencies.open_counts
    assert counts(["dam"]) == {}
    desk.work()
    assert counts(["dam"]) == {"dam": 1}


def _raw(archive: Archive) -> bytes:
    return b"".join(each.read_bytes() for each in archive.path.glob("provenance.db*"))


def test_a_removal_makes_it_forgotten(desk: Desk, archive: Archive) -> None:
    desk.publish("valley", overview=[OLD])
    desk.publish(overview=[OLD.replace("dam", f"dam of {CANARY}")], faq=[FAQ])
    desk.publish(overview=[NEW.replace("dam", f"dam of {CANARY}")], faq=[FAQ])
    desk.publish(faq=[FAQ])
    desk.work()
    assert desk.standing() == ["dam faq 0", "valley overview 0"]
    assert b"xyloc" in _raw(archive)
    archive.remove(removal(1, (2,), story="dam"))
    desk.services.finish_pending_takedowns()
    assert b"xyloc" not in _raw(archive)
    assert not desk.of()
    assert not desk.of("valley")


def test_it_is_worked_out_again_from_git(desk: Desk, archive: Archive) -> None:
    desk.publish("valley", overview=[OLD])
    desk.publish(overview=[OLD], faq=[FAQ])
    desk.publish(faq=[FAQ])
    before = desk.of()
    assert len(before) == 2
    for path in archive.path.glob("provenance.db*"):
        path.unlink()
    assert desk.of() == before
