"""Ways in for people and programs: parse, dispatch, render."""
