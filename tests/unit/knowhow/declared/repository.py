"""A repository in memory, and what readers say of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from steward.knowhow.declared.found import together
from steward.knowhow.declared.reader import Reader, Sources
from steward.model.declared import Declaration


class Repository:
    """Files by path, as `model.tree.Tree`."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}

    def list(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def folders(self) -> frozenset[str]:
        parts = [path.split("/")[:-1] for path in self._files]
        return frozenset("/".join(each[:count]) for each in parts for count in range(len(each) + 1)) | {""}

    def read(self, path: str) -> str | None:
        return self._files.get(path)


def declared(reader: Reader, files: Mapping[str, str]) -> Declaration:
    """Return what one reader says of a repository."""
    sources = Sources(Repository(files))
    return together(reader.read(sources, path) for path in sorted(set(reader.claims(sources))))


def told(found: Declaration, kind: str) -> list[tuple[str, int, str]]:
    """Return file, line and severity of every problem of a kind."""
    return [(each.file, each.line, each.severity.value) for each in found.problems if each.kind == kind]


def named(found: Declaration) -> list[tuple[str, str, str | None, int]]:
    """Return name, kind, image and line of every service."""
    return [(each.name, each.kind, each.image, each.line) for each in found.services]
