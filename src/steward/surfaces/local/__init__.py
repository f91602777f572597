"""The local socket: the daemon side of the terminal."""
