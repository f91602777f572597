"""Knowledge: what is known of the lab, written for people."""
