"""Watching a public log from outside: with its address and a key alone, and no archive.

A look follows the log by its tiles (`following`), checks what its leaves say (`replaying`), and
compares what the site serves with it (`comparing`). What was seen is kept (`memory`).
"""
