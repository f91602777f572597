"""Tests of the SSH executor."""
