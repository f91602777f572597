"""The way in for agents: the Model Context Protocol, over HTTP and over the local socket."""
