"""Helpers that touch the world: files, tasks, random ids. Model and know-how never import them."""
