"""Flags that stop everything."""
