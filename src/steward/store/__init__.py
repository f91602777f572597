"""The only SQL: one file per noun; `dialect` holds every difference between SQLite and Postgres."""
