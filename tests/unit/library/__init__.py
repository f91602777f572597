"""Tests of what is shipped as text."""
