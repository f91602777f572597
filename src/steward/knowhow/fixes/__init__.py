"""Fixes: a finding in, a workflow of operations out."""
