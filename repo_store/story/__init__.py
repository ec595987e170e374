"""What a story says, and its bytes."""
