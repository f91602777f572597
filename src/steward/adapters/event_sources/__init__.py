"""Systems outside that tell of things by themselves, one file or folder each."""
