"""Records what a Wagtail site publishes in a story-history archive, and shows its history.

A page that readers see differently from what was queued last (`observing`) gets a row in the queue
(`models.Outgoing`), in the transaction that changed it. `sending` takes the queue to the archive.
"""
