"""The front door: everything over HTTP passes it, and nothing else looks at hosts, credentials or rights."""
