"""What is recorded of a story: revisions and actions, as values and as commits."""
