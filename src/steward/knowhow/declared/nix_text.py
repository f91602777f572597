"""Read assignments out of Nix without evaluating it: paths of attributes, their values as written, their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\n]+|\#[^\n]*|/\*(?:.*?\*/|.*\Z))
    | (?P<path>(?:\.{1,2}|~)(?:/[\w.+-]+)+/?|\./\.|\.{1,2}(?=/\$)|<[\w./-]+>)
    | (?P<name>[A-Za-z_][\w'-]*)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<text>''|")
    | (?P<sign>\$\{|\+\+|//|==|!=|<=|>=|&&|\|\||->|\.\.\.|[{}\[\]();=.,:@?!<>+*/|$&~^%\\-])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MOST_TOKENS = 400_000
_DEEPEST = 150


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text."""

    kind: str
    """`name`, `number`, `text`, `path` or `sign`."""
    text: str
    """What it says; a string without its quotes."""
    line: int
    """Line."""


@dataclass(kw_only=True)
class Assignment:
    """`a.b = value;` with the path of everything around it."""

    path: tuple[str, ...]
    """Names; a part that is computed is `*`."""
    line: int
    """Line of its first name."""
    tokens: list[Token] = field(default_factory=list[Token])
    """The value as written, what stands in inner braces included."""

    @property
    def is_true(self) -> bool:
        """Whether it switches something on."""
        names = [token.text for token in self.tokens if token.kind == "name"]
        return "true" in names and "false" not in names

    @property
    def string(self) -> str | None:
        """The text, where the value is one."""
        texts = [token.text for token in self.tokens if token.kind == "text"]
        return texts[0] if len(texts) == 1 and len(self.tokens) <= 3 else None

    def strings(self) -> list[tuple[str, int]]:
        """Return every text in the value, with its line."""
        return [(token.text, token.line) for token in self.tokens if token.kind == "text"]

    def paths(self) -> list[tuple[str, int]]:
        """Return every path in the value, with its line."""
        return [(token.text, token.line) for token in self.tokens if token.kind == "path"]


def tokens(text: str) -> list[Token]:
    """Split a text; what is no Nix is passed over."""
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text) and len(found) < _MOST_TOKENS:
        match = _TOKEN.match(text, at)
        if match is None:
            break
        kind, piece = match.lastgroup or "other", match.group()
        at = match.end()
        if kind == "text":
            end, value = _string(text, at, piece)
            found.append(Token("text", value, line))
            line += text.count("\n", match.start(), end)
            at = end
            continue
        if kind not in {"space", "other"}:
            found.append(Token(kind, piece, line))
        line += piece.count("\n")
    return found


def _string(text: str, at: int, quote: str) -> tuple[int, str]:
    """Return where a string ends and what it says; expressions in it stay as they are written."""
    depth, start = 0, at
    while at < len(text):
        if depth == 0 and text.startswith(quote, at):
            after = text[at + 2 : at + 3]
            if quote == "''" and after in {"$", "'", "\\"} and after:
                at += 3 if after != "\\" else 4
                continue
            return at + len(quote), text[start:at]
        if quote == '"' and text[at] == "\\":
            at += 2
            continue
        if text.startswith("${", at):
            depth += 1
            at += 2
            continue
        if depth and text[at] == "}":
            depth -= 1
        at += 1
    return at, text[start:at]


@dataclass(slots=True)
class _Frame:
    """A bracket that is open, and the path that names in it continue."""

    closing: str
    path: tuple[str, ...]
    is_set: bool
    assignment: Assignment | None = None


def assignments(text: str) -> list[Assignment]:
    """Return every assignment of a text with its full path, outer ones before inner ones."""
    return list(_Reader(tokens(text)).read())


def _closings(found: list[Token]) -> dict[int, int]:
    """Return for every bracket the place that closes it."""
    opened: list[int] = []
    closings: dict[int, int] = {}
    for place, token in enumerate(found):
        if token.kind == "sign" and token.text in {"{", "${", "[", "("}:
            opened.append(place)
        elif token.kind == "sign" and token.text in {"}", "]", ")"} and opened:
            closings[opened.pop()] = place
    return closings


class _Reader:
    """Goes through tokens once, with a stack of open brackets."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._closings = _closings(found)
        self._at = 0
        self._frames = [_Frame("", (), is_set=False)]
        self._open: list[Assignment] = []

    def read(self) -> Iterator[Assignment]:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            frame = self._frames[-1]
            if frame.is_set and frame.assignment is None and token.kind in {"name", "text"} and token.text != "inherit":
                assignment = self._assignment(frame)
                if assignment is not None:
                    yield assignment
                    continue
            self._sign(token, frame)
            self._at += 1

    def _assignment(self, frame: _Frame) -> Assignment | None:
        """Begin an assignment where a path and `=` stand."""
        path, at, line = list[str](), self._at, self._tokens[self._at].line
        while at < len(self._tokens) and len(path) < 20:
            token = self._tokens[at]
            if token.text == "${":
                at = self._closing(at)
                path.append("*")
            elif token.kind in {"name", "text", "number"}:
                path.append(token.text if "${" not in token.text else "*")
            else:
                return None
            at += 1
            following = self._tokens[at].text if at < len(self._tokens) and self._tokens[at].kind == "sign" else ""
            if following == "=":
                self._at = at + 1
                frame.assignment = Assignment(path=(*frame.path, *path), line=line)
                self._open.append(frame.assignment)
                return frame.assignment
            if following != ".":
                return None
            at += 1
        return None

    def _sign(self, token: Token, frame: _Frame) -> None:
        for each in self._open[-8:]:
            each.tokens.append(token)
        if token.kind == "name" and token.text == "let":
            self._push(_Frame("in", ("let",), is_set=True))
        elif token.kind == "name" and token.text == "in" and frame.closing == "in":
            self._pop(frame)
        elif token.kind != "sign":
            return
        elif token.text in {"{", "${"}:
            self._brace(token, frame)
        elif token.text in {"[", "("}:
            path = frame.assignment.path if frame.assignment else frame.path
            self._push(_Frame("]" if token.text == "[" else ")", path, is_set=False))
        elif token.text in {"}", "]", ")"}:
            self._close(token.text)
        elif token.text == ";" and frame.is_set and frame.assignment is not None:
            frame.assignment.tokens.pop()
            self._end(frame)

    def _brace(self, token: Token, frame: _Frame) -> None:
        if token.text == "{" and self._is_formals():
            self._at = self._closing(self._at)
            return
        path = frame.assignment.path if frame.assignment else frame.path
        self._push(_Frame("}", path, is_set=token.text == "{"))

    def _is_formals(self) -> bool:
        """Tell whether `{` begins the arguments of a function."""
        end = self._closing(self._at)
        after = self._tokens[end + 1].text if end + 1 < len(self._tokens) else ""
        inner = self._tokens[self._at + 1].text if self._at + 1 < len(self._tokens) else ""
        second = self._tokens[self._at + 2].text if self._at + 2 < len(self._tokens) else ""
        return after in {":", "@"} and (inner in {"...", "}"} or second in {",", "?", "}"})

    def _closing(self, at: int) -> int:
        """Return where the bracket at this place is closed."""
        return self._closings.get(at, len(self._tokens) - 1)

    def _close(self, text: str) -> None:
        """Close the nearest bracket of this kind; those left open within it end with it."""
        if any(frame.closing == text for frame in self._frames):
            while True:
                frame = self._frames[-1]
                self._pop(frame)
                if frame.closing == text:
                    return

    def _push(self, frame: _Frame) -> None:
        if len(self._frames) < _DEEPEST:
            self._frames.append(frame)

    def _pop(self, frame: _Frame) -> None:
        if frame.assignment is not None:
            self._end(frame)
        if len(self._frames) > 1:
            self._frames.pop()

    def _end(self, frame: _Frame) -> None:
        if frame.assignment is not None and frame.assignment in self._open:
            self._open.remove(frame.assignment)
        frame.assignment = None
