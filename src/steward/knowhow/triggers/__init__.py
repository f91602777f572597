"""Kinds of triggers, one a file."""
