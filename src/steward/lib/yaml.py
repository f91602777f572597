"""YAML as people write it, read as plain JSON values that remember their lines.

A strict dialect: one document, text keys, JSON values, no tags, no merge keys, no duplicate keys. Aliases are
allowed and bounded. `lib.yaml_edit` changes such a text without touching the lines around.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from steward.lib.codec import Json
from steward.lib.text import nearest, visible_line
from steward.lib.yaml_nodes import Composer, Entry, Node, Path, Refused, YamlProblem

MOST_CHARACTERS = 1 << 20
"""Longest text that is read: 1 MiB, thousands of times what a homelab needs."""


class YamlError(ValueError):
    """The text is not YAML of this dialect; `problems` holds everything found, in the order of the text."""

    def __init__(self, problems: tuple[YamlProblem, ...], *, file: str = "") -> None:
        self.file = file
        self.problems = problems
        first = problems[0]
        super().__init__(f"{file}:{first.line}:{first.column}: {first.what}")


@dataclass(frozen=True, kw_only=True)
class Document:
    """A text that was read."""

    value: Json
    """Plain JSON values; None for an empty text."""
    root: Node | None = field(repr=False)
    """The same with places, or None for an empty text."""

    def position(self, path: Path) -> tuple[int, int]:
        """Return line and column (from 1) of the value at `path`, or of the nearest value above it."""
        node = self._deepest(path)[0]
        return (node.line + 1, node.column + 1) if node else (1, 1)

    def key_position(self, path: Path) -> tuple[int, int]:
        """Return line and column of the key that leads to the value at `path`; like `position` where none does."""
        node, entry, _ = self._deepest(path)
        place = entry.key if entry and entry.key else node
        return (place.line + 1, place.column + 1) if place else (1, 1)

    def node(self, path: Path) -> Node | None:
        """Return the node at `path`, or None when there is none."""
        node, _, depth = self._deepest(path)
        return node if depth == len(path) else None

    def _deepest(self, path: Path) -> tuple[Node | None, Entry | None, int]:
        node, entry = self.root, None
        for depth, part in enumerate(path):
            found = node.child(part) if node else None
            if found is None:
                return node, entry, depth
            node, entry = found.node, found
        return node, entry, len(path)


def load(text: str, *, file: str = "") -> Document:
    """Read a text; `file` is only its name for messages.

    Raises:
        YamlError: with every problem that could be found at once.
    """
    if len(text) > MOST_CHARACTERS:
        what = f"the file has {len(text)} characters, more than {MOST_CHARACTERS}"
        raise YamlError((YamlProblem(line=1, column=1, what=what, next_step="split it"),), file=file)
    composer = Composer(text)
    try:
        root = composer.compose()
    except Refused as error:
        raise YamlError((*composer.problems, error.problem), file=file) from None
    except YAMLError as error:
        raise YamlError((*composer.problems, _syntax(error, text)), file=file) from error
    except (ValueError, OverflowError) as error:  # the parser lets these out, for example for "\UFFFFFFFF"
        problem = YamlProblem(line=composer.line + 1, column=1, what="a value from here on cannot be read")
        raise YamlError((*composer.problems, problem), file=file) from error
    if composer.problems:
        raise YamlError(tuple(composer.problems), file=file)
    return Document(value=root.value if root else None, root=root)


_OPENED = {
    "while scanning a quoted scalar": ("a quote that begins here is not closed", "close it"),
    "while parsing a flow sequence": ("a list that begins here with `[` is not closed with `]`", ""),
    "while parsing a flow mapping": ("a mapping that begins here with `{` is not closed with `}`", ""),
}
"""What the parser was in when the text came to an end, and what is wrong then."""
_QUOTE_OR_CLOSE = "close it, or put the whole text in quotes"
_QUOTE = "put the whole text in quotes: it holds a sign that YAML keeps for itself"
_SAYS = (
    (
        "expected <block end>",
        "the indentation does not fit that of the lines before",
        "give entries of one list or mapping the same indentation",
    ),
    ("cannot start any token", "", _QUOTE),
    ("expected chomping or indentation", "", _QUOTE),
    ("expected the node content", "", _QUOTE),
    ("expected ',' or", "", _QUOTE),
)
"""What the parser says, what is told instead (nothing: its own words), and what helps."""
_HINTS = {
    "mapping values are not allowed here": "put quotes around a text that contains `: `, or check the indentation",
    "could not find expected ':'": "check the line above for a missing `:` or a quote that is not closed",
    "did not find expected <block end>": "give entries of one list or mapping the same indentation",
    "did not find expected '-' indicator": "give entries of one list the same indentation",
}


def _syntax(error: YAMLError, text: str) -> YamlProblem:
    """Say in one problem what the parser found."""
    found: Any = error
    if isinstance(error, ReaderError):
        before = text[: found.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what, step = (
            "a character that may not stand in a text file",
            "remove it, and save the file as plain text (UTF-8)",
        )
        return YamlProblem(line=line, column=column, what=what, next_step=step)
    mark: Any = (found.problem_mark or found.context_mark) if isinstance(error, MarkedYAMLError) else None
    what = visible_line(str(getattr(error, "problem", None) or "this is not YAML"))
    line, column = (int(mark.line) + 1, int(mark.column) + 1) if mark else (1, 1)
    lines = text.splitlines()
    if "cannot start any token" in what and line <= len(lines) and "\t" in lines[line - 1][:column]:
        return YamlProblem(line=line, column=column, what="a tab is used to indent", next_step="use spaces")
    if opened := _opened(found, what):
        return opened
    for said, told, step in _SAYS:
        if said in what:
            return YamlProblem(line=line, column=column, what=told or what, next_step=step)
    known = nearest(what, _HINTS)
    return YamlProblem(line=line, column=column, what=what, next_step=_HINTS.get(known or "", ""))


def _opened(found: Any, what: str) -> YamlProblem | None:
    """Point at what was opened and never closed, instead of at the end of the text."""
    known = _OPENED.get(getattr(found, "context", None) or "")
    if known is None or "end" not in what:
        return None
    wrong, step = known
    mark = found.context_mark
    return YamlProblem(
        line=int(mark.line) + 1, column=int(mark.column) + 1, what=wrong, next_step=step or _QUOTE_OR_CLOSE
    )
