"""Why a use case failed, with the data that explains it. No status codes."""

from repo_store import Action, FieldError, InvalidInput, Revision, StoreError
from service.diffing import Fact
from service.messages import gettext


class Gone(StoreError):
    """The text of `revision` was removed for legal reasons, by the action `removal`."""

    def __init__(self, revision: Revision, removal: Action | None) -> None:
        self.revision, self.removal = revision, removal
        if number := revision.version:
            text = gettext("The text of version %(number)s was removed.", number=number)
        else:
            text = f"The text of draft {revision.revision} was removed."
        super().__init__(text)


class Withdrawn(StoreError):
    """The story was taken off its page, by `action`; what it said stays readable."""

    def __init__(self, action: Action) -> None:
        self.action = action
        super().__init__(gettext("This story was withdrawn."))


class WrongState(Exception):
    """The present state of the revision does not allow this."""


class SecondPersonNeeded(Exception):
    """Who requested a removal may not confirm it, with whatever token."""


def key_used(what: str) -> InvalidInput:
    message = f"was used before for another {what} of this story"
    return InvalidInput([FieldError("Idempotency-Key", message)])


class SilentEdit(Exception):
    """Facts would change without a note, or under the kind `minor`.

    `complete`: whether the whole text could be searched for facts. `suggested_note`: one that
    would do, in the story's `language`; empty if there is none.
    """

    def __init__(
        self, facts: tuple[Fact, ...], complete: bool, suggested_note: str = "", language: str = ""
    ) -> None:
        self.facts, self.complete = facts, complete
        self.suggested_note, self.language = suggested_note, language
        what = "facts changed" if facts else "too much changed to look for facts in it"
        super().__init__(
            f"{what}: publish with a note and a kind other than minor, or give a reason to override"
        )
