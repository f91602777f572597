"""Pure know-how about machines: facts, operations, checks, fixes."""
