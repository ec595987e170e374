"""Why a use case could not be carried out, as values that carry their data. No status codes."""

from repo_store import Action, FieldError, InvalidInput, Revision, StoreError
from service.diffing import Fact


class Gone(StoreError):
    """The text was lawfully removed; its entry is `revision`, the order `removal`."""

    def __init__(self, revision: Revision, removal: Action | None) -> None:
        self.revision, self.removal = revision, removal
        name = f"version {revision.version}" if revision.version else f"draft {revision.revision}"
        super().__init__(f"The text of {name} was removed.")


class WrongState(Exception):
    """What was to be done does not go with what has become of the revision."""


def key_used(what: str) -> InvalidInput:
    message = f"was used before for another {what} of this story"
    return InvalidInput([FieldError("Idempotency-Key", message)])


class SilentEdit(Exception):
    """A change in facts was to be published without a note, or as a minor one.

    `complete`: all of the text could be looked through for facts.
    """

    def __init__(self, facts: tuple[Fact, ...], complete: bool) -> None:
        self.facts, self.complete = facts, complete
        what = "facts changed" if facts else "too much changed to look for facts in it"
        super().__init__(
            f"{what}: publish with a note and a kind other than minor, or with a reason to overrule"
        )
