"""Several processes on one Postgres: kill any of them, stop any, cut any off."""
