"""Keeps the revisions of stories: a git repository and the index beside it."""
