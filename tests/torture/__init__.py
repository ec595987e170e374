"""Crash tests of the archive: processes killed, system calls that fail, power cuts.

`make torture` runs all of it for a few minutes; `make test` a short form of each.
"""
