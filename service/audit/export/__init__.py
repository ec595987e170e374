"""Exports: a story's history with proof, as a bag in a zip."""
