"""The API under requests that nobody thought of, made from its own description."""
