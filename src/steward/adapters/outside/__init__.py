"""What looks from Steward's own box: one module for each kind of question."""
