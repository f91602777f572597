"""The nouns: frozen data and pure decisions."""
