"""Text files of the workspace: every problem at once with its line, and the last good version stays in force.

The rule of what is in force, for one file:

1. the file in the working tree, when nothing is wrong with it (committed or not);
2. else the last good version this process has read;
3. else, after a restart, the newest commit in which nothing was wrong with it;
4. else nothing, and whoever asks is told what is wrong.

An edit by hand that is good but not committed is therefore forgotten when it is broken and Steward restarts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import islice
from threading import Lock
from typing import Any, Generic, TypeVar, get_type_hints

from steward.lib.codec import CodecError, Json, decode
from steward.lib.text import nearest, visible_line
from steward.lib.yaml import Document, YamlError, load
from steward.lib.yaml_nodes import Path
from steward.model.errors import InvalidFile
from steward.ports.repository import Repository

T = TypeVar("T")

_OLDEST = 50
"""Commits of one file that are tried before giving up."""


class Source:
    """One text being read: collects what is wrong, raises it all together."""

    def __init__(self, text: str, *, file: str) -> None:
        self.file = file
        self._problems: list[InvalidFile] = []
        self._noted: set[Path] = set()
        self._document = Document(value=None, root=None)
        try:
            self._document = load(text, file=file)
        except YamlError as error:
            found = tuple(
                InvalidFile(p.what, file=file, line=p.line, column=p.column, next_step=p.next_step)
                for p in error.problems
            )
            raise InvalidFile.first_of(found) from error

    @property
    def value(self) -> Json:
        """The whole text as plain values."""
        return self._document.value

    def note(self, path: Path, what: str, *, why: str = "", next_step: str = "", at_key: bool = False) -> None:
        """Remember a problem with the value (or the key) at `path`; only the first of each path counts."""
        if path in self._noted:
            return
        self._noted.add(path)
        place = self._document.key_position if at_key else self._document.position
        line, column = place(path)
        self._problems.append(InvalidFile(what, file=self.file, line=line, column=column, why=why, next_step=next_step))

    def decode(self, kind: type[T], path: Path) -> T | None:
        """Turn the value at `path` into a record.

        What does not fit is noted and left out, so that the rest can still be looked at; None where nothing is left.
        """
        node = self._document.node(path)
        data = node.value if node else None
        if not isinstance(data, dict):
            self.note(path, f"`{name_of(path)}` must be a mapping of fields")
            return None
        try:
            return decode(kind, data)
        except CodecError as error:
            for inner, why in error.problems:
                self._explain(kind, path, _parts(inner), why)
            bad = {_parts(inner)[:1] for inner, _ in error.problems}
        try:
            return decode(kind, {key: value for key, value in data.items() if (key,) not in bad})
        except CodecError:  # noted above
            return None

    def entries(self, field: str, kind: type[T]) -> list[T | None]:
        """Read a file that is one list of records; None stands where one does not fit, which is noted."""
        data = self.value if isinstance(self.value, dict) else {}
        for key in data:
            if key != field:
                hint = f"did you mean `{field}`?"
                self.note((key,), f"unknown field `{visible_line(key)}`", next_step=hint, at_key=True)
        listed = data.get(field)
        if not isinstance(listed, list):
            self.note((field,), f"`{field}` must be a list", next_step=f"write `{field}: []` for none")
            return []
        return [self.decode(kind, (field, index)) for index in range(len(listed))]

    def written(self, path: Path) -> Mapping[str, Json]:
        """Return the fields of the mapping at `path` as they are written; none where there is no mapping."""
        node = self._document.node(path)
        return node.value if node and isinstance(node.value, dict) else {}

    def refuse_shared(self, field: str, records: Sequence[object], names: Collection[str], noun: str) -> None:
        """Note every record of a list that shares a value of these fields with an earlier one, unless it is empty."""
        owners: dict[str, int] = {}
        for name in names:
            for index, one in enumerate(records):
                value = str(getattr(one, name)) if one is not None else ""
                if value and owners.setdefault(value, index) != index:
                    what = f"the {name} `{visible_line(value)}` already belongs to another {noun}"
                    self.note((field, index, name), what, next_step=f"give every {noun} its own")

    def end(self) -> None:
        """Raise everything noted, in the order of the file; return quietly when nothing was."""
        if self._problems:
            found = sorted(self._problems, key=lambda problem: (problem.line, problem.column))
            raise InvalidFile.first_of(tuple(found))

    def _explain(self, kind: type[Any], path: Path, inner: Path, why: str) -> None:
        """Say one problem of the codec in the owner's words."""
        where = (*path, *inner)
        name = visible_line(name_of(where))
        seen = self._document.node(where)
        if why.startswith("unknown field"):
            known = _fields_at(kind, inner[:-1])
            near = nearest(str(where[-1]), known)
            hint = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}" if known else "remove it"
            self.note(where, f"unknown field `{name}`", next_step=hint, at_key=True)
        elif why == "is required":
            self.note(where, f"`{name}` is missing", next_step=f"write a line `{where[-1]}: ...`")
        else:
            near = nearest(str(seen.value), re.findall(r"'([^']*)'", why)) if seen else None
            quotes = "put it in quotes" if "valid string" in why else ""
            hint = f"did you mean `{near}`?" if near else quotes
            self.note(where, f"`{name}` does not fit", why=_plainly(why), next_step=hint)


def _fields_at(kind: Any, inner: Path) -> list[str]:
    """Return the field names of the record that `inner` leads to, or nothing where it leads to no record."""
    for part in inner:
        kind = get_type_hints(kind).get(str(part)) if is_dataclass(kind) else None
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


def _plainly(why: str) -> str:
    return why.replace("Input should be", "it should be", 1)


def name_of(path: Path) -> str:
    """Write a path as people point at it: `machines[2].port`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return visible_line(text.removeprefix(".")) or "the file"


def _parts(dotted: str) -> Path:
    parts = (part for part in dotted.split(".") if part and part != "[key]")
    return tuple(int(part) if part.isdigit() else part for part in parts)


class InForce(Generic[T]):
    """The version of one file that is in force; asked again and again, read again when the text changed."""

    def __init__(
        self, *, repository: Repository, path: str, parse: Callable[[str], T], absent: str | None = None
    ) -> None:
        """`absent` is the text that a missing file stands for; without it a missing file is a problem."""
        self._repository = repository
        self._absent = absent
        self._path = path
        self._parse = parse
        self._lock = Lock()
        self._is_read = False
        self._text: str | None = None
        self._good: T | None = None
        self._problems: tuple[InvalidFile, ...] = ()

    def current(self) -> T:
        """Return what is in force.

        Raises:
            InvalidFile: no version of the file was ever good; carries every problem of the file as it is now.
        """
        good, problems = self.look()
        if good is None:
            raise InvalidFile.first_of(problems)
        return good

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the file as it is now; empty when it is what is in force."""
        return self.look()[1]

    def look(self) -> tuple[T | None, tuple[InvalidFile, ...]]:
        """Read the file once; return what is in force, None before any version was good, and what is wrong with it."""
        with self._lock:
            try:
                text = self._repository.read(self._path)
                text = self._absent if text is None else text
            except InvalidFile as error:  # not even text
                self._is_read = False
                self._refuse(error)
                return self._good, self._problems
            if not self._is_read or text != self._text:
                self._is_read, self._text = True, text
                try:
                    self._good, self._problems = self._judge(text), ()
                except InvalidFile as error:
                    self._refuse(error)
            return self._good, self._problems

    def _refuse(self, error: InvalidFile) -> None:
        self._problems = error.problems
        if self._good is None:
            self._good = self._from_commits()

    def _judge(self, text: str | None) -> T:
        if text is None:
            step = f"bring it back with `git checkout -- {self._path}`, or create it with `steward init`"
            raise InvalidFile("the file is missing", file=self._path, line=1, column=1, next_step=step)
        return self._parse(text)

    def _from_commits(self) -> T | None:
        for _, text in islice(self._repository.committed(self._path), _OLDEST):
            try:
                return self._parse(text)
            except InvalidFile:  # an older commit may be good
                continue
        return None
