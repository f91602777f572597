"""What sources tell of machines that are not in the inventory: text in, values out; one file for each source."""
