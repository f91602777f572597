"""Measures: the values that readable lines ask for, by topic."""
