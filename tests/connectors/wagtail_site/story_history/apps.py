"""Records every published state of each page in a story-history archive.

A publication only puts an event into the queue, a table, in its own transaction: what is published
is queued, and no editor waits for the archive. `manage.py send_to_story_history` sends the queue.
Settings: STORY_HISTORY_URL, STORY_HISTORY_TOKEN (role integration).
"""

from django.apps import AppConfig


class StoryHistory(AppConfig):
    name = "story_history"

    def ready(self) -> None:
        from story_history import signals

        signals.connect()
