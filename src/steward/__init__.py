"""Steward: an operator for a homelab that finds, proposes, waits, acts, proves and records."""
