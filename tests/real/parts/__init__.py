"""Real programs that some tests install on a machine of the lab; the machine is made anew afterwards."""
