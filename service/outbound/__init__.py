"""Requests to addresses that others gave: which may be asked, and one such request."""
