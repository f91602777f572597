"""Facts: which commands to run on a machine and how to read their output."""
