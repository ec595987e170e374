"""Keeping an archive small, clean and checked: repacking, garbage collection, verification."""
