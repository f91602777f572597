"""What Steward needs of the world, one small Protocol a file."""
