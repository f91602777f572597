"""The pages: what a person sees and decides in a browser. Each page shows what commands answer and decides nothing."""
