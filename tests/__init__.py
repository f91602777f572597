"""All tests of Steward."""
