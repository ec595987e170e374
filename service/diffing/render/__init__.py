"""A diff as JSON, as a patch, as Markdown, and its changes in words."""
