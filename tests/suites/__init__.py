"""Every adapter against its port."""
