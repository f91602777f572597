# The extension `strings`.

class ExtStrings:
    def __init__(self) -> None: ...
