"""Fixtures every test may use; each kind lives in a file of its own."""

pytest_plugins = ["tests.databases"]
