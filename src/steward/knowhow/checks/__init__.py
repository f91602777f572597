"""Checks: facts in, findings out."""
