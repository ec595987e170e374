"""The API's answers about provenance: where each sentence of a story comes from."""

from service.present.schemas import Answer, FieldName, ListAnswer, Time


class VersionTime(Answer):
    """A version and when it went live. `recorded_at`: when that was recorded, if not about then."""

    version: int
    at: Time
    recorded_at: Time | None = None


class Wording(Answer):
    """An earlier wording of a sentence, in the versions from `since` to `until`."""

    text: str
    since: int
    until: int


class Origin(Answer):
    """A sentence of the live version. `first`: when it first appeared, in whatever words; `since`:
    in these words; `back`: the last earlier version with these words, if they came back; `earlier`:
    its earlier wordings, at most the 20 newest.
    """

    section: str
    block: int
    field: FieldName = None
    text: str
    first: VersionTime
    since: VersionTime
    back: int | None = None
    earlier: list[Wording]


class RemovedSentence(Answer):
    """A sentence that the live version no longer has; `gone`: the first version without it."""

    section: str
    text: str
    first: VersionTime
    until: int
    gone: VersionTime
    earlier: list[Wording]


class RemovedSentences(ListAnswer[RemovedSentence]):
    pass


class PhraseSpan(Answer):
    """When the phrase appeared in the text, and when it went."""

    since: VersionTime
    gone: VersionTime | None


class Provenance(Answer):
    """`next_sentence`: the number, from 0, of the first sentence that this answer has no room for;
    ask for it with `start`. `phrase`: if one was asked for, at most the 100 newest; if it is not
    `phrase_complete`, the history was too long to be searched whole. `coarse`: some versions
    differed too much for each sentence to be followed, so some may count as new.
    """

    story: str
    version: int
    sentences: list[Origin]
    next_sentence: int | None = None
    removed: RemovedSentences
    phrase: list[PhraseSpan] | None = None
    phrase_complete: bool = True
    coarse: bool = False


class UnwrittenProvenance(Answer):
    """The account of a story is being made: ask again after `Retry-After`. `done`: the last version
    that it has so far, of `version`.
    """

    story: str
    version: int
    done: int
