"""The whole archive compared with a plain dictionary, after any operations in any order."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from repo_store.archive import Archive
from repo_store.errors import Moved
from repo_store.git.refs import story_ref
from repo_store.history.records import RevisionInput, State, Verb
from tests.profiles import examples
from tests.samples import action, append, content, entry, matches, new_archive, ticking, title_of
from tests.store.dump import dump

STORIES = st.sampled_from(["a", "library", "night-trains"])
# Only a live version is withdrawn; these are of drafts.
VERBS = st.sampled_from([verb for verb in Verb if verb is not Verb.WITHDRAW])
STATES = st.sampled_from([State.DRAFT, State.PUBLISHED])
Known = list[tuple[str, State, int | None]]


def _live(chain: Known) -> int:
    return max((version or 0 for _, _, version in chain), default=0)


class Machine(RuleBasedStateMachine):
    """`model`: each story's revisions as (title, state, version)."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="story-history-machine-"))
        self.archive_path = self.folder / "archive"
        self.model: dict[str, Known] = {}
        self.count = 0

    @initialize()
    def begin(self) -> None:
        new_archive(self.archive_path)
        self.archive = Archive.open(self.archive_path, ticking())

    def teardown(self) -> None:
        try:
            assert self.archive.verify().findings == ()
            before = dump(self.archive_path / "index.db")
            self.archive.reindex()
            assert dump(self.archive_path / "index.db") == before
        finally:
            self.archive.close()
            shutil.rmtree(self.folder)

    def _entries(self, wanted: list[tuple[str, State]]) -> list[RevisionInput]:
        entries = []
        for story, state in wanted:
            self.count += 1
            entries.append(entry(content(title=f"Title {self.count}"), story, state=state))
        return entries

    def _note(self, entries: list[RevisionInput]) -> None:
        for each in entries:
            chain = self.model.setdefault(each.story, [])
            version = _live(chain) + 1 if each.state is State.PUBLISHED else None
            chain.append((each.content.title, each.state, version))

    # What writers do

    @rule(wanted=st.lists(st.tuples(STORIES, STATES), min_size=1, max_size=7))
    def write(self, wanted: list[tuple[str, State]]) -> None:
        entries = self._entries(wanted)
        append(self.archive, *entries)
        self._note(entries)

    @rule(wanted=st.lists(st.tuples(STORIES, STATES), min_size=1, max_size=12))
    def write_in_bulk(self, wanted: list[tuple[str, State]]) -> None:
        entries = self._entries(wanted)
        with self.archive.bulk("ab") as bulk:
            for each in entries:
                bulk.append(each)
        self.archive.catch_up()
        self._note(entries)

    @rule(story=STORIES, at=st.integers(0, 30), verb=VERBS)
    def act(self, story: str, at: int, verb: Verb) -> None:
        chain = self.model.get(story, [])
        drafts = [place for place, (_, state, _) in enumerate(chain) if state is State.DRAFT]
        if not drafts:
            return
        place = drafts[at % len(drafts)]
        with self.archive.batch() as batch:
            batch.act(action(place + 1, verb, "why", story=story))
        title = chain[place][0]
        if verb is Verb.PUBLISH:
            chain[place] = (title, State.PUBLISHED, _live(chain) + 1)
        elif verb is Verb.REJECT:
            chain[place] = (title, State.REJECTED, None)

    @rule(story=STORIES, state=STATES)
    def fail_while_writing(self, story: str, state: State) -> None:
        try:
            with self.archive.batch() as batch:
                batch.append(self._entries([(story, state)])[0])
                raise KeyError
        except KeyError:
            pass

    @rule(story=STORIES)
    def write_against_another(self, story: str) -> None:
        other = Archive.open(self.archive_path, ticking())
        slow, fast = self._entries([(story, State.PUBLISHED), (story, State.DRAFT)])
        try:
            with self.archive.batch() as batch:
                batch.append(slow)
                append(other, fast)
            raise AssertionError("both were let in")
        except Moved:
            self._note([fast])
        finally:
            other.close()

    # What operators and crashes do

    @rule()
    def open_anew(self) -> None:
        self.archive.close()
        self.archive = Archive.open(self.archive_path, ticking())

    @rule()
    def lose_the_index(self) -> None:
        for file in self.archive_path.glob("index.db*"):
            file.unlink()

    @rule()
    def keep_a_copy_of_the_index(self) -> None:
        assert self.archive.index
        self.archive.index.checkpoint()
        shutil.copy(self.archive_path / "index.db", self.folder / "old.db")

    @precondition(lambda self: (self.folder / "old.db").exists())
    @rule()
    def go_back_to_the_copy(self) -> None:
        self.archive.close()
        for file in self.archive_path.glob("index.db*"):
            file.unlink()
        shutil.copy(self.folder / "old.db", self.archive_path / "index.db")
        self.archive = Archive.open(self.archive_path, ticking())

    @rule(full=st.booleans())
    def maintain(self, full: bool) -> None:
        self.archive.maintain(full)

    @rule(story=STORIES)
    def leave_a_lock(self, story: str) -> None:
        lock = self.archive_path / "stories.git" / f"{story_ref(story)}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.write_text("left")
        os.utime(lock, (10**9, 10**9))

    # What must hold at any time

    @invariant()
    def says_what_the_dictionary_says(self) -> None:
        index = self.archive.index
        for story, chain in self.model.items():
            revisions = index.chain(story)
            titles = [title_of(self.archive, each) for each in revisions]
            told = zip(titles, (each.state for each in revisions), strict=True)
            versions = [each.version for each in revisions]
            assert [(*each, version) for each, version in zip(told, versions, strict=True)] == chain
            live = _live(chain)
            published = next((title for title, _, version in chain if version == live), None)
            listed = index.story(story)
            assert (listed and listed.title) == published
            if published:
                words = f"title {published.split()[1]}"
                assert story in matches(self.archive, words)
        assert index.tips().keys() == self.model.keys()


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=examples(12),
    stateful_step_count=12,
    suppress_health_check=list(HealthCheck),
)
