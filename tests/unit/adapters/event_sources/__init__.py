"""Tests of sources outside."""
