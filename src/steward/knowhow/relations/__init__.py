"""How things stand on each other: one file for each source of knowledge, each ending in `PLUGIN = Relation(...)`."""
