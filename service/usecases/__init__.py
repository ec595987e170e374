"""What one can do with stories, and who may. Knows no HTTP and no terminal."""
