"""How values are shown, to people and to programs: schemas, words, times, pages."""
