"""Git as the store uses it: objects and refs as files, and git's own processes."""
