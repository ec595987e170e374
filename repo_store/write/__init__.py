"""How records become part of the archive: a few at once, many threads at once, or very many."""
