"""The transparency log over all records: a Merkle tree, its leaves, its signed checkpoints."""
