"""The read model: what lists and look-ups are answered from, in SQLite. Never the truth."""
