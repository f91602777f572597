"""Tests that need real machines, and the lab that provides them."""
