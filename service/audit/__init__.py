"""Proof of what was published: the signed log, exports, and checking them without this service."""
