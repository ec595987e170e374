"""The real WordPress and the real Wagtail publish, and the archive must have it as it was.

`publications.py` is what is played; `wordpress.py` and `wagtail.py` start a site and are its
editor; the connectors are in `connectors/`, and Wagtail's site with its app's tests;
`archive.py` asks the archive what it has made of it; `__main__.py` plays and compares.
"""
