# The parts of google-re2 that Steward uses; the package ships no types.

class error(Exception): ...  # noqa: N801

class Options:
    log_errors: bool

class _Match:
    def __getitem__(self, group: int) -> str | None: ...

class _Regexp:
    @property
    def groups(self) -> int: ...
    def search(self, text: str) -> _Match | None: ...

def compile(pattern: str, options: Options | None = None) -> _Regexp: ...  # noqa: A001
