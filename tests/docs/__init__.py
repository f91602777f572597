"""The documents: generated parts are current, links lead somewhere, commands in the text exist."""
