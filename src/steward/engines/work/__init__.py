"""Work: plans, runs, undo."""
