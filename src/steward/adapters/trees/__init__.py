"""Folders of files that are only looked at."""
