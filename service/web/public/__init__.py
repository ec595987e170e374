"""What the public may read: pages, feeds, Memento, embedding."""

# Both add their views to the blueprint of the pages.
from service.web.public import history, pages
from service.web.public.blueprint import blueprint

__all__ = ["blueprint", "history", "pages"]
