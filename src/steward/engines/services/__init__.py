"""Services: what is declared."""
