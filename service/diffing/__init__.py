"""What changed between two texts of a story: pure functions from two pages to a value.

Start at `differ.compare`; the value's types are in `types`. Nothing here knows HTML, Flask, git, a
clock or chance, and nothing here imports another part of this project.
"""
