"""Workflow texts of other tools: one reader for each form, pure text in, ours and everything that is not ours out."""
