"""Workflows: what people write down to be done again."""
