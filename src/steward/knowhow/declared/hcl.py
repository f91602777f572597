"""Read HCL, the language of Terraform and Nomad, without evaluating it: blocks, attributes, their lines.

Tolerant: what cannot be understood is passed over to the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*(?:.*?\*/|.*\Z))
    | (?P<newline>\n)
    | (?P<heredoc><<[-~]?"?(?P<mark>[A-Za-z_]\w*)"?[ \t]*\n)
    | (?P<name>[A-Za-z_][\w.-]*)
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<text>")
    | (?P<sign>=>|==|!=|<=|>=|&&|\|\||[{}\[\]()=,:;?!<>+*/|$&~^%.\\-])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MOST_TOKENS = 300_000
_DEEPEST = 60
_OPENING = {"{": "}", "[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


@dataclass(kw_only=True, eq=False)
class Block:
    """A block, or an object of an attribute: `type "label" { ... }`."""

    kind: str
    """Type; empty for the file itself."""
    labels: tuple[str, ...] = ()
    """Labels."""
    line: int = 1
    """Line."""
    blocks: list[Block] = field(default_factory=list["Block"])
    """Blocks within."""
    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Attributes: texts, numbers and names of their values, in order."""
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """Lines of attributes."""

    def value(self, name: str) -> str | None:
        """Return an attribute that is one text, number or name."""
        found = self.values.get(name, [])
        return found[0] if found else None

    def line_of(self, name: str) -> int:
        """Return the line of an attribute, or its own."""
        return self.lines.get(name, self.line)

    def of(self, *kinds: str) -> Iterator[Block]:
        """Yield blocks of these types directly within, those of `dynamic` too."""
        for block in self.blocks:
            if block.kind in kinds:
                yield block
            elif block.kind == "dynamic" and block.labels[:1] and block.labels[0] in kinds:
                yield from (inner for inner in block.blocks if inner.kind == "content")

    def within(self, *kinds: str) -> Iterator[Block]:
        """Yield blocks of these types at any depth."""
        for block in self.blocks:
            if block.kind in kinds:
                yield block
            yield from block.within(*kinds)


def parse(text: str) -> Block:
    """Return the blocks of a text."""
    return _Parser(list(_tokens(text))).file()


def _tokens(text: str) -> Iterator[_Token]:
    at, line, count = 0, 1, 0
    while at < len(text) and count < _MOST_TOKENS:
        match = _TOKEN.match(text, at)
        if match is None:
            return
        kind, piece, at = match.lastgroup or "other", match.group(), match.end()
        kind = "heredoc" if match["heredoc"] else kind
        count += 1
        if kind == "text":
            end = _string_end(text, at)
            yield _Token("text", text[at : end - 1], line)
            line, at = line + text.count("\n", at, end), end
        elif kind == "heredoc":
            stop = re.compile(rf"^[ \t]*{re.escape(match['mark'])}[ \t]*$", re.MULTILINE).search(text, at)
            end = stop.start() if stop else len(text)
            yield _Token("text", text[at:end], line)
            after = stop.end() if stop else len(text)
            line, at = line + text.count("\n", match.start(), after), after
        elif kind not in {"space", "other"}:
            yield _Token(kind, piece, line)
            line += piece.count("\n")
        else:
            line += piece.count("\n")


def _string_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if text.startswith(("${", "%{"), at):
            depth, at = depth + 1, at + 2
            continue
        if char == "}" and depth:
            depth -= 1
        elif char == '"' and not depth:
            return at + 1
        elif char == "\n" and not depth:
            return at
        at += 1
    return len(text) + 1


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def file(self) -> Block:
        block = Block(kind="")
        self._body(block, 0)
        return block

    def _peek(self, ahead: int = 0) -> _Token:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else _Token("end", "", 0)

    def _body(self, block: Block, depth: int) -> None:
        while self._at < len(self._tokens):
            token = self._peek()
            if token.text == "}" and token.kind == "sign":
                self._at += 1
                if depth:
                    return
            elif token.kind in {"name", "text"}:
                self._item(block, depth)
            else:
                self._at += 1

    def _item(self, block: Block, depth: int) -> None:
        """Read an attribute or a block; what is neither is passed over."""
        first = self._peek()
        self._at += 1
        labels: list[str] = []
        while self._peek().kind in {"text", "name"} and self._peek().line == first.line:
            labels.append(self._peek().text)
            self._at += 1
        following = self._peek()
        if following.text in {"=", ":"} and following.kind == "sign" and not labels:
            self._at += 1
            self._value(block, first, depth)
        elif following.text == "{" and following.kind == "sign":
            self._at += 1
            inner = Block(kind=first.text, labels=tuple(labels), line=first.line)
            block.blocks.append(inner)
            self._nested(inner, depth)

    def _nested(self, inner: Block, depth: int) -> None:
        if depth < _DEEPEST:
            self._body(inner, depth + 1)
        else:
            self._skip(1)

    def _value(self, block: Block, name: _Token, depth: int) -> None:
        """Read a value to the end of its line; an object becomes a block as well, so that both spellings read alike."""
        block.lines.setdefault(name.text, name.line)
        found = block.values.setdefault(name.text, [])
        open_brackets = 0
        while self._at < len(self._tokens):
            token = self._peek()
            if token.kind == "sign" and token.text == "{":
                self._at += 1
                inner = Block(kind=name.text, line=token.line)
                block.blocks.append(inner)
                self._nested(inner, depth)
                continue
            if token.kind == "newline" and open_brackets <= 0:
                return
            if token.kind == "sign" and token.text == "}":
                return
            if token.kind == "sign" and token.text in {"[", "("}:
                open_brackets += 1
            elif token.kind == "sign" and token.text in {"]", ")"}:
                open_brackets -= 1
            elif token.kind == "sign" and token.text in {",", ";"} and open_brackets <= 0:
                self._at += 1
                return
            elif token.kind in {"text", "name", "number"}:
                found.append(token.text)
            self._at += 1

    def _skip(self, depth: int) -> None:
        while self._at < len(self._tokens) and depth:
            token = self._peek()
            depth += (token.text == "{") - (token.text == "}") if token.kind == "sign" else 0
            self._at += 1
