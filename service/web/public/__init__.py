"""What the public may read: pages, feeds, Memento, embedding."""
