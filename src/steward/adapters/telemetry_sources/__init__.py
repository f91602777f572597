"""Servers that have numbers of machines."""
