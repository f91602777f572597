"""The canary sweep: secrets put in at every door, and looked for in everything that is kept, shown or sent."""
