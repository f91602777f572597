"""Pages of the living documentation: values in, Markdown out; one file for each kind of page."""
