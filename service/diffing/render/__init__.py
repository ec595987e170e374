"""A diff as a patch, as a redline in Markdown, and its changes as labels."""
