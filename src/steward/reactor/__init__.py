"""Loops that start work by themselves: what is due, what arrived, what stayed away."""
