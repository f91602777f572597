"""A simulated week: what real machines once said, told again every few minutes while time goes on."""
