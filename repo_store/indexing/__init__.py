"""From git to the index: catching up, and rebuilding by several processes."""
