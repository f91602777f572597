"""Tests of the terminal: the real program, a real socket, a real pseudo-terminal."""
