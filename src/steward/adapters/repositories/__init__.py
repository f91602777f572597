"""Version control of the workspace."""
