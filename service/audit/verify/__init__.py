"""Checking an export: the script that is shipped in it, and what runs that here."""
