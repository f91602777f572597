# The extension `math`.

class ExtMath:
    def __init__(self) -> None: ...
