"""The composition root: builds and runs everything; nobody imports it."""
