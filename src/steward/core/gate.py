"""The tables of the shell gate: those that come with Steward, and the owner's own in `tools/*.yaml`.

A file that comes with Steward is read when one of its programs is first asked for, so that judging one line starts
fast; the owner's files are read whole, and every problem in them is told with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, cast

from steward.core.sources import Source, name_of
from steward.lib.codec import CodecError, decode
from steward.lib.text import visible_line
from steward.lib.yaml_nodes import Path
from steward.model.errors import InvalidFile
from steward.model.tool import Tool
from steward.model.tool_form import Form, Reader
from steward.ports.repository import Repository

FOLDER = "tools"
"""Folder of the workspace the owner's tables lie in."""

_NAME = re.compile(r"[A-Za-z0-9_.+:\[-]+")
_HEADING = re.compile(r"^(?:'([^']+)'|\"([^\"]+)\"|([^\s#'\"][^:]*)):", re.MULTILINE)


class Tables(Mapping[str, Tool]):
    """Tables by the name of the program; the owner's come before those that come with Steward."""

    def __init__(self, files: Mapping[str, str], *, own: Mapping[str, Tool] | None = None) -> None:
        """Take files by name, to be read when needed, and the owner's tables."""
        self._files = files
        self._tools: dict[str, Tool] = dict(own or {})
        self._where = {name: file for file, text in files.items() for name in _headings(text)}

    def __getitem__(self, name: str) -> Tool:
        if name not in self._tools:
            file = self._where[name]
            self._tools = parse_tools(self._files[file], file=file) | self._tools
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._where, **self._tools})

    def __len__(self) -> int:
        return len({**self._where, **self._tools})


def shipped() -> Tables:
    """Return the tables that come with Steward."""
    return with_own({})


def with_own(files: Mapping[str, str]) -> Tables:
    """Return the shipped tables with the owner's, given as texts by file name.

    Raises:
        InvalidFile: the first problem of the owner's files, carrying all of that file.
    """
    folder = resources.files("steward").joinpath("library", FOLDER)
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".yaml")}
    own = {name: tool for file, text in files.items() for name, tool in parse_tools(text, file=file).items()}
    return Tables(texts, own=own)


class OwnTables:
    """The owner's tables, `tools/*.yaml` of the workspace, as they are written now."""

    def __init__(self, repository: Repository) -> None:
        """Take the workspace they lie in."""
        self._repository = repository

    def tables(self) -> Tables:
        """Return them with those that come with Steward.

        Raises:
            InvalidFile: a file of the owner's must be mended first.
        """
        return with_own(self._texts())

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return everything wrong with the owner's files."""
        try:
            return problems(self._texts())
        except InvalidFile as error:
            return error.problems

    def _texts(self) -> dict[str, str]:
        paths = [path for path in self._repository.files(FOLDER) if path.endswith(".yaml")]
        return {path: self._repository.read(path) or "" for path in paths}


def parse_tools(text: str, *, file: str) -> dict[str, Tool]:
    """Read one file of tables.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    data: Any = source.value or {}
    tools: dict[str, Tool] = {}
    if not isinstance(data, dict):
        source.note(
            (), "the file must be a mapping of programs", next_step="write `name: {effect: read, operands: any}`"
        )
        data = {}
    for key, value in cast("dict[str, Any]", data).items():
        forms = _forms(source, key, value)
        for name in key.split():
            if not _NAME.fullmatch(name):
                source.note((key,), f"`{visible_line(name)}` is no name of a program", at_key=True)
            elif name in tools:
                source.note((key,), f"`{name}` is already given above", next_step="remove one of the two", at_key=True)
            else:
                reader = Reader()
                tools[name] = reader.tool(name, forms, (key,))
                for path, what, step in reader.problems:
                    source.note(path, what, next_step=step)
    source.end()
    return tools


def problems(files: Mapping[str, str]) -> tuple[InvalidFile, ...]:
    """Return everything wrong with the owner's files."""
    found: list[InvalidFile] = []
    for file, text in files.items():
        try:
            parse_tools(text, file=file)
        except InvalidFile as error:
            found += error.problems
    return tuple(found)


def _forms(source: Source, key: str, value: Any) -> list[Form]:
    """Read the one form of a program, or its several."""
    if isinstance(value, list):
        entries = [(cast("Path", (key, index)), item) for index, item in enumerate(cast("list[Any]", value))]
    else:
        entries = [(cast("Path", (key,)), value)]
    if value == "inert":
        return [Form(inert=True)]
    forms: list[Form] = []
    for path, item in entries:
        try:
            forms.append(decode(Form, item))
        except CodecError as error:
            _explain(source, key, path, error)
    return forms


def _explain(source: Source, key: str, path: Path, error: CodecError) -> None:
    """Say what does not fit, at the deepest place each problem is known at."""
    found = [(_places(inner), why) for inner, why in error.problems]
    for parts, why in found:
        is_told_deeper = any(len(other) > len(parts) and other[: len(parts)] == parts for other, _ in found)
        if not is_told_deeper:
            what = f"`{name_of(parts) if parts else visible_line(key)}` does not fit"
            source.note((*path, *parts), what, why=why, at_key=why.startswith("unknown field"))


def _places(inner: str) -> Path:
    """Leave out of a path what names a type and no place in the file."""
    parts = [part for part in inner.split(".") if part and not re.search(r"[\[\]]|^(str|Form|int)$", part)]
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _headings(text: str) -> list[str]:
    return [name for found in _HEADING.finditer(text) for name in next(filter(None, found.groups())).split()]
