"""The real WordPress and the real Wagtail publish, and the archive must have it as it was.

`publications.py` is what is played; `wordpress.py` and `wagtail.py` start a site and are its
editor; `wordpress/story-history.php` and `wagtail_site/story_history/` are the connectors;
`archive.py` asks the archive what it has made of it; `__main__.py` plays and compares.
"""
