"""Where machines may be known that are not in the inventory, one file for each kind of source."""
