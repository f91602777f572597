"""Where checkpoints lie that the store cannot take back."""
