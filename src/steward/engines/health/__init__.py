"""Health: looking around, findings, and what they mean."""
