"""Regular expressions that people write and machines' output is searched with, in time linear in that output.

RE2, for an expression that backtracks can hold everything else up for hours over one line of a machine. It has no
looking around and no reference back. Syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re2

LONGEST = 1_000
"""Most characters of an expression."""


class PatternError(ValueError):
    """The text is no regular expression; says why."""


class Pattern:
    """One regular expression; `^` and `$` stand at the ends of each line."""

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            PatternError: it is none, is too long, or would take too much memory.
        """
        if len(text) > LONGEST:
            message = f"it is longer than {LONGEST} characters"
            raise PatternError(message)
        options = re2.Options()
        options.log_errors = False
        try:
            self._compiled = re2.compile(f"(?m){text}", options)
        except (re2.error, UnicodeEncodeError) as error:
            why = error.args[0] if error.args else ""
            raise PatternError(why.decode("utf-8", "replace") if isinstance(why, bytes) else str(error)) from error

    @property
    def groups(self) -> int:
        """Number of groups."""
        return self._compiled.groups

    def first(self, printed: str) -> str | None:
        """Return the first group where it fits first, or all that fits where it has none; None where nothing does."""
        match = self._compiled.search(printed)
        return match[1 if self.groups else 0] if match else None
