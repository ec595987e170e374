"""Witnesses of the public log: notes with their cosignatures, policies, and asking for them."""
