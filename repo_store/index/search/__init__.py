"""Full-text search: what a text's words are, what is searched for, and the tables that answer it.

Texts are searched as documents. A live text is one; of what a new version leaves out, each line is
one, with the versions in which it stood; so is each line of a draft that the live text lacks, and
each source. A document is written once: an edit writes the live text and the lines it changes.

Documents are numbered by time, so SQLite's FTS5 walks a word's list from the newest one back and
stops when a page is full: its cost does not grow with the number of documents that have the word.
"""
