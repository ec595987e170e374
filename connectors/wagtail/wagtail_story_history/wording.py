"""What readers are told if no one says it, and what the archive's answers mean for an editor."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def withdrawn_note(page: Any | None) -> str:
    """In the page's language; None: the page is no more."""
    language = page.locale.language_code if page else translation.get_language()
    with translation.override(language):
        if page is None:
            return _("This article was deleted from the site.")
        if page.expired:
            return _("This article has expired and was taken off the site.")
        if page.live:
            return _("This article is no longer open to everyone.")
        return _("This article was taken off the site.")


ADVICE = {
    401: gettext_lazy(
        "The archive does not know this site’s token: set STORY_HISTORY_TOKEN to one that"
        " “story-history token create --role integration” printed."
    ),
    403: gettext_lazy("The token’s role does not allow this: it needs the role “integration”."),
    409: gettext_lazy(
        "The archive holds this back until readers are told why facts changed. Its token’s check is"
        " “hold”; a site’s should be “flag”. Write a note and publish once more, or change the"
        " token and send this again."
    ),
    410: gettext_lazy(
        "The archive has removed this story’s text for legal reasons and takes it no more."
    ),
    413: gettext_lazy("The article is larger than the archive takes."),
    422: gettext_lazy("The archive does not take this content. Change it and publish once more."),
    429: gettext_lazy("The archive asks to wait."),
}
"""By the answer's status."""
