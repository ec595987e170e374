"""What everybody may read: pages, feeds, Memento, embedding."""
