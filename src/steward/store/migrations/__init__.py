"""How the store came to be what it is; `steward.store.migrate` runs these."""
