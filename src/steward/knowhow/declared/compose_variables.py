"""Fill in the variables of a compose file.

`$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:?e}`, `${A?e}`, `${A:+c}`, `${A+c}`, and `$$` for a dollar sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from steward.lib.detect.names import Weight, judge

_START = re.compile(r"\$(?:(?P<escaped>\$)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<brace>\{))")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")
_DEEPEST = 10


@dataclass(frozen=True, kw_only=True)
class Used:
    """A variable that a text uses."""

    name: str
    """Name."""
    operator: str
    """What follows the name in braces: `:-`, `?` and so on, or an empty text."""

    @property
    def has_default(self) -> bool:
        """Whether it may be missing."""
        return self.operator in {":-", "-", ":+", "+"}

    @property
    def is_demanded(self) -> bool:
        """Whether the file refuses to start without it."""
        return self.operator in {":?", "?"}


@dataclass(kw_only=True)
class Filled:
    """A text with its variables filled in."""

    text: str = ""
    """The text; a variable without value stays as it is written."""
    used: list[Used] = field(default_factory=list[Used])
    """Variables, in order, those in defaults included where the default is taken."""
    invalid: list[str] = field(default_factory=list[str])
    """What begins with `$` and is no variable."""


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Fill in variables as Compose does, but for those without value and for secrets, which stay as written."""
    filled = Filled()
    if "$" not in text:
        filled.text = text
        return filled
    filled.text = "".join(_parts(text, values, filled, 0))
    return filled


def _parts(text: str, values: Mapping[str, str], filled: Filled, depth: int) -> Iterator[str]:
    at = 0
    while match := _START.search(text, at):
        yield text[at : match.start()]
        at = match.end()
        if match["escaped"]:
            yield "$"
        elif match["name"]:
            filled.used.append(Used(name=match["name"], operator=""))
            yield match.group() if _is_secret(match["name"]) else values.get(match["name"], match.group())
        else:
            end = _closing(text, at)
            if end is None or depth >= _DEEPEST:
                filled.invalid.append(text[match.start() : match.start() + 20])
                yield text[match.start() :]
                return
            yield _braced(text[at:end], values, filled, depth)
            at = end + 1
    yield text[at:]
    if "$" in text and depth == 0:
        filled.invalid.extend(_strays(text))


def _is_secret(name: str) -> bool:
    """Tell whether the value of a variable must not get into anything that is shown."""
    named = judge(name)
    return named is not None and named.weight >= Weight.LIKELY


def _closing(text: str, at: int) -> int | None:
    depth = 1
    for place in range(at, len(text)):
        if text[place] == "{" and text[place - 1] == "$":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
    return None


def _braced(inner: str, values: Mapping[str, str], filled: Filled, depth: int) -> str:
    name = _NAME.match(inner)
    rest = inner[name.end() :] if name else ""
    operator = next((each for each in _OPERATORS if rest.startswith(each)), "")
    if name is None or (rest and not operator):
        filled.invalid.append("${" + inner[:20] + "}")
        return "${" + inner + "}"
    used = Used(name=name.group(), operator=operator)
    filled.used.append(used)
    if _is_secret(used.name):
        return "${" + used.name + "}"
    value = values.get(used.name)
    is_set = value is not None and (value != "" or not operator.startswith(":"))
    word = rest[len(operator) :]
    if operator.endswith("+"):
        return "".join(_parts(word, values, filled, depth + 1)) if is_set else ""
    if is_set and value is not None:
        return value
    if operator.endswith("-"):
        return "".join(_parts(word, values, filled, depth + 1))
    return "${" + used.name + "}" if value is None else value


_STRAY = re.compile(r"\$(?:\$|[A-Za-z_{])|(?P<stray>\$.{0,10})")


def _strays(text: str) -> Iterator[str]:
    """Yield every dollar sign that begins nothing."""
    for match in _STRAY.finditer(text):
        if match["stray"]:
            yield match["stray"]
