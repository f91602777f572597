"""The API for programs: every command of the catalogue as a path, webhooks, health and metrics."""
