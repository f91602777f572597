"""Leaves: pure helpers that know nothing of Steward."""
