"""What is wrong with an expression, in words for the person who wrote it.

The library's own messages are kept where they are clear; most of them are for its authors.
"""

from __future__ import annotations

import re

from steward.lib.text import visible_line

_PLACE = re.compile(r"<input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_EXPECTING = re.compile(r"(Syntax error: )?(mismatched|extraneous) input '(.*)' expecting .*")
_UNREAD = re.compile(r"token recognition error at: '(.*)'")
_STATUS = re.compile(r"^[A-Z_]+: ")
_NO_VALUE = re.compile(r'No value with name "(.*)" found')
_NO_KEY = re.compile(r'Key not found in map : "?(.*?)"?( \[|$)')
_LONGEST_REASON = 200
_LONGEST_NAME = 100
_TOO_DEEP = "the expression is nested too deeply, or is too long a chain: at most 32"
_FITTING = "the types do not fit: `int(...)`, `double(...)` and `string(...)` change them, `dyn(...)` takes any"
_ASK_FIRST = "ask with `has(...)`, or write `.?NAME.orValue(...)`"

_WORDS = {"and": "write `&&`", "or": "write `||`", "not": "write `!`", "is": "write `==`"}
"""What to write instead of words that other languages have."""
_SIGNS = {
    "=": "write `==` to compare",
    "&": "write `&&`",
    "|": "write `||`",
    "'": "close the quote",
    '"': "close the quote",
}
"""What to write instead of a sign that stands for nothing."""
_KNOWN = (
    ("Unable to convert", "the value is optional, or of a type that cannot be kept", "end with `.orValue(...)`"),
    ("exception set", "the value is optional, or of a type that cannot be kept", "end with `.orValue(...)`"),
    ("Applying SELECT", "a field is asked of something that has none", _ASK_FIRST),
    ("Iteration budget", "the expression goes through more than 10000 elements", "narrow the list first"),
    ("jump_condition", "what stands before `?` is neither true nor false", "compare it: `... == ...`"),
    ("recursion limit", _TOO_DEEP, ""),
)
"""What the library says, what that means, what helps."""


class ExpressionError(ValueError):
    """The expression cannot be understood, or has no value."""

    def __init__(self, what: str, *, column: int = 0, hint: str = "") -> None:
        self.what = what
        """What is wrong."""
        self.column = column
        """Where, counted from 1; 0 where that is not known."""
        self.hint = hint
        """What would be right."""
        place = f"column {column}: " if column else ""
        super().__init__(f"{place}{what}" + (f"; {hint}" if hint else ""))


def misread(text: str, said: str) -> ExpressionError:
    """Say what the compiler said."""
    place = _PLACE.search(said)
    if place is None or int(place[1]) < 1:
        return failed(text, said) if place is None else ExpressionError(_TOO_DEEP)
    what = place[3]
    at = sum(len(line) + 1 for line in text.split("\n")[: int(place[1]) - 1]) + int(place[2])
    if undeclared := _UNDECLARED.search(what):
        name = undeclared[1]
        return ExpressionError(f"`{name}` is no function an expression may call", column=column_of(text, name) or at)
    if expecting := _EXPECTING.search(what):
        is_end = expecting[3] == "<EOF>"
        wrong = "it ends where something must follow" if is_end else f"`{visible_line(expecting[3])}` does not fit here"
        before = re.search(r"(\w+)\s*$", text[: at - 1])  # `not x` fails at `x`
        hint = _WORDS.get(expecting[3], "") or (_WORDS.get(before[1], "") if before else "")
        return ExpressionError(wrong, column=at, hint=hint)
    if (unread := _UNREAD.search(what)) and 0 < at <= len(text):
        wrong = f"`{visible_line(text[at - 1])}` does not fit here"
        return ExpressionError(wrong, column=at, hint=_SIGNS.get(unread[1][:1], ""))
    return ExpressionError(_reason(what), column=at, hint=_FITTING if "overload" in what else "")


def failed(text: str, said: str) -> ExpressionError:
    """Say why there is no value."""
    for part, what, hint in _KNOWN:
        if part in said:
            return ExpressionError(what, hint=hint)
    if missing := _NO_VALUE.search(said):
        return ExpressionError(f"`{missing[1]}` has no value yet", column=column_of(text, missing[1]))
    if missing := _NO_KEY.search(said):
        return ExpressionError(f"there is no `{visible_line(missing[1])[:_LONGEST_NAME]}`", hint=_ASK_FIRST)
    return ExpressionError(_reason(said), hint=_FITTING if "overload" in said else "")


def column_of(text: str, name: str) -> int:
    """Return where a name first stands in an expression, counted from 1; 0 where it does not."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() + 1 if found else 0


def _reason(said: str) -> str:
    first = _STATUS.sub("", said.strip()).split("\n", 1)[0].removeprefix("Syntax error: ")
    return visible_line(first)[:_LONGEST_REASON] or "the expression has no value"
