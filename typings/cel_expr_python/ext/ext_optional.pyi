# The extension `optional`.

class ExtOptional:
    def __init__(self) -> None: ...
