"""The graph as text for programs that draw: pure, and nothing a name holds can become part of the drawing."""
