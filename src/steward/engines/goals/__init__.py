"""Goals: listed, checked, and run without a model as checks and fixes."""
