"""Edges to outside systems, one file each."""
