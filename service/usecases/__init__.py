"""The use cases: what can be done with stories, and by whom. No HTTP, no terminal."""
