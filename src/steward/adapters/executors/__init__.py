"""How commands reach machines, one transport a file."""
