"""What does work; engines are unaware of each other."""
