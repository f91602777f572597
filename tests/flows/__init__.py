"""Stories without a lab: a whole Steward in this process, on this machine, for any user."""
