"""The terminal: parses words, asks the daemon over its socket, and shows the answer. It decides nothing."""
