"""Fleet: the machines in Steward's care."""
