"""What each version in a list changed, in a few words."""

from collections.abc import Sequence

from repo_store import Revision
from service.present.fact_view import Lead
from service.present.headlines import headline
from service.usecases.list_diffs import diffs_for_list
from service.web.http.services import stories


def leads_of_versions(versions: Sequence[Revision]) -> dict[int, Lead]:
    """The most important fact, or else the first words, that each version changed, by its number,
    as far as there is room.
    """
    found = {number: headline(diff) for number, diff in diffs_for_list(stories(), versions).items()}
    return {number: line for number, line in found.items() if line}
