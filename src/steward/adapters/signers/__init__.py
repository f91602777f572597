"""What signs the audit's checkpoints."""
