"""Operations: a typed command and facts in, exact actions with undo and proof out."""
