"""What the public may read: pages, feeds, Memento, embedding."""

# These add their views to the blueprint of the pages.
from service.web.public import history, pages, provenance
from service.web.public.blueprint import blueprint

__all__ = ["blueprint", "history", "pages", "provenance"]
