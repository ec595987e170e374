"""Serves the histories that `repo_store` keeps."""
