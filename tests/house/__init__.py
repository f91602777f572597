"""The gates of the house: layering, documentation, licenses, hygiene."""
