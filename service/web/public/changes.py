"""One change of a difference, as an address names it."""

from typing import NamedTuple

from repo_store import NotFound, Revision
from service.messages import gettext
from service.present.one_change import OneChange, one_change
from service.web.http.params import compared
from service.web.http.services import stories


class NoSuchChange(NotFound):
    """The difference is there, and the change is not: the error page leads to the difference."""

    def __init__(self, old: Revision, new: Revision) -> None:
        super().__init__(
            gettext(
                "Versions %(old)s and %(new)s have no such change.",
                old=old.version,
                new=new.version,
            )
        )
        self.story, self.old, self.new = old.story, old.version, new.version


class Found(NamedTuple):
    old: Revision
    new: Revision
    change: OneChange


def found_change(story: str, old: str, new: str, name: str) -> Found:
    """The change of this name between two versions, given as an address has them. Raises
    NoSuchChange.
    """
    before, after = compared(story, old, new, private=False)
    change = one_change(stories().diff(before, after), name)
    if change is None:
        raise NoSuchChange(before, after)
    return Found(before, after, change)
