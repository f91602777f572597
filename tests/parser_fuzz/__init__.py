"""Fuzz of everything that reads text from outside, guided by what of the code it reaches: `make parser-fuzz`."""
