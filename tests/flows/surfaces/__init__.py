"""Flows over one way in."""
