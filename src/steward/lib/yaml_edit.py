"""Change single values of a YAML text and leave every other line, comment and order as a person wrote it.

Each change replaces or inserts the smallest piece of text; afterwards the whole text is read again and must mean
exactly what was wanted, else nothing is changed and the caller is told.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from steward.lib.codec import Json
from steward.lib.record import record
from steward.lib.yaml import Document, YamlError, load
from steward.lib.yaml_nodes import Entry, Node, Path, YamlProblem, plain_value


@record
class Put:
    """Set the value at `path`; what is missing on the way is created. An index equal to the length appends."""

    path: Path
    """Keys and indexes from the root."""
    value: Json
    """New value."""


@record
class Remove:
    """Take away the entry at `path`, with the comment lines directly above it."""

    path: Path
    """Keys and indexes from the root."""


Change: TypeAlias = Put | Remove


def edit(text: str, changes: Sequence[Change], *, file: str = "") -> str:
    """Return the text with the changes made, in order.

    Raises:
        YamlError: the text cannot be read, a path to remove is not there, or the text is written in a way in which
            the change cannot be made without touching something else (a value behind an alias).
    """
    for change in changes:
        before = load(text, file=file)
        wanted = _expected(before, change, file)
        text = (
            _put(text, before, change.path, change.value)
            if isinstance(change, Put)
            else _remove(text, before, change.path)
        )
        if not _same(_reload(text, before, change, file), wanted):
            raise _refused(before, change.path, file)
    return text


def _expected(document: Document, change: Change, file: str) -> Json:
    """Work out on plain values what the text must mean afterwards."""
    if not change.path or (isinstance(change, Remove) and document.node(change.path) is None):
        raise _refused(document, change.path, file)
    root: Any = copy.deepcopy(document.value)
    if root is None:
        root = _empty_for(change.path[0])
    holder: Any = root
    for part, after in zip(change.path[:-1], change.path[1:], strict=True):
        if _absent(holder, part):
            _assign(holder, part, _empty_for(after), document, file)
        holder = holder[part]
        if not _is_collection(holder):
            raise _refused(document, change.path, file)
    if isinstance(change, Remove):
        del holder[change.path[-1]]
    else:
        _assign(holder, change.path[-1], copy.deepcopy(change.value), document, file)
    return root


def _is_collection(value: object) -> bool:
    return isinstance(value, dict | list)


def _absent(holder: Any, part: str | int) -> bool:
    if isinstance(holder, list):
        return not isinstance(part, int) or part >= len(cast("list[Any]", holder)) or holder[part] is None
    return holder.get(part) is None


def _assign(holder: Any, part: str | int, value: Json, document: Document, file: str) -> None:
    if isinstance(holder, list) and isinstance(part, int) and 0 <= part <= len(cast("list[Any]", holder)):
        holder[part : part + 1] = [value]
    elif isinstance(holder, dict) and isinstance(part, str):
        holder[part] = value
    else:
        raise _refused(document, (part,), file)


def _empty_for(part: str | int) -> Any:
    return [] if isinstance(part, int) else {}


def _same(left: Any, right: Any) -> bool:
    """Compare strictly: `1`, `1.0` and `true` differ, and so does the order of keys."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(cast("Any", left)) == list(right) and all(_same(left[key], right[key]) for key in cast("Any", left))
    if isinstance(left, list):
        pairs = zip(cast("list[Any]", left), right, strict=False)
        return len(cast("list[Any]", left)) == len(right) and all(_same(*pair) for pair in pairs)
    return left == right


def _reload(text: str, before: Document, change: Change, file: str) -> Json:
    try:
        return load(text, file=file).value
    except YamlError as error:
        raise _refused(before, change.path, file) from error


def _refused(document: Document, path: Path, file: str) -> YamlError:
    line, column = document.position(path)
    name = ".".join(str(part) for part in path)
    what = f"`{name}` cannot be changed here without touching something else"
    return YamlError((YamlProblem(line=line, column=column, what=what, next_step="edit the file by hand"),), file=file)


def _put(text: str, document: Document, path: Path, value: Json) -> str:
    if document.root is None or document.root.value is None:
        wrapped: Any = value
        for part in reversed(path):
            wrapped = [wrapped] if isinstance(part, int) else {part: wrapped}
        start, end = (document.root.start, document.root.end) if document.root else (len(text), len(text))
        head = text[:start] if not text[:start] or text[:start].endswith("\n") else text[:start] + _newline(text)
        return head + _newline(text).join(_block(wrapped, 0)) + (text[end:] or _newline(text))
    holder = document.node(path[:-1])
    if holder is None or holder.value is None:
        return _put(text, document, path[:-1], [value] if isinstance(path[-1], int) else {path[-1]: value})
    entry = holder.child(path[-1])
    if entry is not None:
        return _replace(text, holder, entry, value)
    if not holder.entries:
        return _fill(text, document, path, value)
    last = holder.entries[-1]
    at = _content_end(text, last.node)
    if holder.style == "flow":
        return text[:at] + ", " + _flow_member(path[-1], value) + text[at:]
    lines = _member(path[-1], value, _member_column(holder))
    line_end = text.find("\n", at)
    at = len(text) if line_end < 0 else line_end
    at -= text[:at].endswith("\r")
    return text[:at] + _newline(text) + _newline(text).join(lines) + text[at:]


def _fill(text: str, document: Document, path: Path, value: Json) -> str:
    """Put the first member into `{}` or `[]`."""
    holder = cast("Node", document.node(path[:-1]))
    filled: Json = [value] if isinstance(path[-1], int) else {path[-1]: value}
    if len(path) > 1:
        return _put(text, document, path[:-1], filled)
    return text[: holder.start] + _newline(text).join(_block(filled, holder.column)) + text[holder.end :]


def _replace(text: str, holder: Node, entry: Entry, value: Json) -> str:
    node, end = entry.node, _content_end(text, entry.node)
    inline = _inline(value)
    if holder.style == "flow" or (inline is not None and node.style not in {"block", "literal"}):
        written = _flow(value) if holder.style == "flow" or inline is None else inline
        space = " " if node.end == node.start else ""
        return text[: node.start] + space + written + text[end:]
    if entry.key is None:
        lines = _block(value, node.column)
        return text[: node.start] + _newline(text).join([lines[0].lstrip(), *lines[1:]]) + text[end:]
    lines = _member(entry.part, value, entry.key.column)
    return text[: entry.key.start] + _newline(text).join([lines[0].lstrip(), *lines[1:]]) + text[end:]


def _remove(text: str, document: Document, path: Path) -> str:
    holder = cast("Node", document.node(path[:-1]))
    index = next((i for i, entry in enumerate(holder.entries) if entry.part == path[-1]), None)
    if index is None:
        return text
    if len(holder.entries) == 1:
        empty: Json = {} if isinstance(holder.value, dict) else []
        if len(path) > 1:
            return _put(text, document, path[:-1], empty)
        return text[: holder.start] + _flow(empty) + text[_content_end(text, holder) :]
    return (_remove_inline if holder.style == "flow" else _remove_lines)(text, holder.entries, index)


def _remove_inline(text: str, members: tuple[Entry, ...], index: int) -> str:
    if index + 1 < len(members):
        return text[: _member_start(members[index])] + text[_member_start(members[index + 1]) :]
    return text[: _content_end(text, members[index - 1].node)] + text[_content_end(text, members[index].node) :]


def _remove_lines(text: str, members: tuple[Entry, ...], index: int) -> str:
    start = _member_start(members[index])
    line_start = text.rfind("\n", 0, start) + 1
    if members[index].key is not None and text[line_start:start].strip():
        return _remove_inline(text, members, index)
    line_end = text.find("\n", _content_end(text, members[index].node))
    return text[: _comment_start(text, line_start)] + (text[line_end + 1 :] if line_end >= 0 else "")


def _comment_start(text: str, line_start: int) -> int:
    """Return where the comment lines directly above this line begin; the first lines of a file are its heading."""
    indent = re.match(r" *", text[line_start:])
    prefix = (indent.group() if indent else "") + "#"
    while line_start > 0:
        above = text.rfind("\n", 0, line_start - 1) + 1
        if above == 0 or not text.startswith(prefix, above):
            break
        line_start = above
    return line_start


def _member_start(entry: Entry) -> int:
    return entry.key.start if entry.key else entry.node.start


def _member_column(holder: Node) -> int:
    first = holder.entries[0]
    return first.key.column if first.key else holder.column


def _content_end(text: str, node: Node) -> int:
    """Return where a value ends, without the blank and comment lines that the parser counts to it."""
    if node.style == "block":
        return _content_end(text, node.entries[-1].node) if node.entries else node.start
    if node.style == "literal":
        return node.start + len(text[node.start : node.end].rstrip())
    return node.end


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _member(part: str | int, value: Json, column: int) -> list[str]:
    """Write one entry of a block mapping or sequence as lines."""
    pad = " " * column
    if isinstance(part, int):
        lines = _block(value, column + 2)
        return [f"{pad}- {lines[0].lstrip()}", *lines[1:]]
    inline = _inline(value)
    if inline is not None:
        return [f"{pad}{_scalar(part)}: {inline}"]
    return [f"{pad}{_scalar(part)}:", *_block(value, column + 2)]


def _block(value: Json, column: int) -> list[str]:
    inline = _inline(value)
    if inline is not None:
        return [" " * column + inline]
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _member(key, item, column)]
    return [line for item in cast("list[Json]", value) for line in _member(0, item, column)]


def _inline(value: Json) -> str | None:
    """Write what fits on the line of its key: scalars, empty collections, short lists of scalars."""
    if not isinstance(value, dict | list):
        return _scalar(value)
    if not value:
        return _flow(value)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        written = _flow(value)
        return written if len(written) <= 80 else None
    return None


def _flow(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(_flow_member(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _flow_member(part: str | int, value: Json) -> str:
    return _flow(value) if isinstance(part, int) else f"{_scalar(part)}: {_flow(value)}"


_PLAIN = re.compile(r"[A-Za-z0-9/_.][A-Za-z0-9/_.@+-]*( [A-Za-z0-9/_.@+-]+)*")
_LOOKS_OTHER = re.compile(r"(?i)y|n|yes|no|on|off|[0-9]+(-[0-9]+){1,2}.*|[0-9_.]+([eE].*)?|\.\.\.")
_IPV4 = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}")


def _scalar(value: Json) -> str:
    """Write a scalar so that every reader of YAML 1.1 and 1.2 takes it for the same value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return repr(value)
    if _IPV4.fullmatch(value):
        return value
    if _PLAIN.fullmatch(value) and not _LOOKS_OTHER.fullmatch(value) and isinstance(plain_value(value), str):
        return value
    return '"' + "".join(_escaped(char) for char in value) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char == "\n":
        return "\\n"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
