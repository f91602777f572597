"""What a reader is, and the view of a repository it gets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar, cast

from steward.knowhow.declared.templates import OPEN, blanked, has_template
from steward.lib.yaml_loose import Documents, Node, load_all
from steward.model.declared import Declaration
from steward.model.tree import Tree

T = TypeVar("T")

YAML_ENDINGS = (".yaml", ".yml")
_TEMPLATE_ENDINGS = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".gotmpl")


@dataclass(frozen=True, kw_only=True)
class ReadYaml:
    """A text of YAML that was read."""

    documents: tuple[Node, ...]
    """Documents that could be read."""
    mistakes: tuple[tuple[int, str], ...]
    """Line and reason of what could not be."""
    doubled: tuple[tuple[int, str], ...]
    """Line and message of keys given twice."""
    is_template: bool
    """Whether expressions of a template were read around."""


_SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=[ \t]*(?P<path>\S.*?)[ \t]*$", re.MULTILINE)


class Sources:
    """A repository as readers see it: texts, and YAML that is parsed once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.paths = tree.list()
        self._files = frozenset(self.paths)
        self._folders = frozenset(tree.folders())
        self._yaml: dict[str, ReadYaml] = {}
        self._kept: dict[object, object] = {}
        self._by_folder: dict[str, list[str]] = {}

    def text(self, path: str) -> str | None:
        """Return the text of a file, or None."""
        return self.tree.read(path)

    def has(self, path: str) -> bool:
        """Tell whether a file is there."""
        return path in self._files

    def has_folder(self, path: str) -> bool:
        """Tell whether a folder is there; the root is an empty text."""
        return path in self._folders or self._is_elsewhere(path)

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder is there; what is in a submodule is believed."""
        return path in self._files or path in self._folders or self._is_elsewhere(path)

    def _is_elsewhere(self, path: str) -> bool:
        return any(path == each or path.startswith(each + "/") for each in self.once(submodules))

    def yaml(self, path: str) -> ReadYaml:
        """Return what a file of YAML says; a template is read as far as it goes."""
        if path not in self._yaml:
            self._yaml[path] = _parsed(self.text(path) or "", is_template=path.endswith(_TEMPLATE_ENDINGS))
        return self._yaml[path]

    def yaml_paths(self) -> Iterable[str]:
        """Return every file of YAML by its name, templates of one included."""
        return (path for path in self.paths if is_yaml(path))

    def once(self, make: Callable[[Sources], T]) -> T:
        """Return what a function makes of the repository; it is called once."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast("T", self._kept[make])

    def of(self, path: str, make: Callable[[str], T]) -> T:
        """Return what a function makes of the text of a file; it is called once for each."""
        key = (make, path)
        if key not in self._kept:
            self._kept[key] = make(self.text(path) or "")
        return cast("T", self._kept[key])

    def within(self, folder: str) -> tuple[str, ...]:
        """Return the files that lie in a folder itself; the root is an empty text."""
        if not self._by_folder:
            for path in self.paths:
                self._by_folder.setdefault(folder_of(path), []).append(path)
        return tuple(self._by_folder.get(folder, ()))


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A plug-in that reads one format."""

    name: str
    """Name of the format."""
    summary: str
    """One line: what it reads."""
    claims: Callable[[Sources], Iterable[str]]
    """The files it wants to read, one call of `read` each."""
    read: Callable[[Sources, str], Declaration]
    """What a file declares."""


def submodules(sources: Sources) -> dict[str, int]:
    """Return folders that are repositories of their own, with the line of `.gitmodules` that says so."""
    text = sources.text(".gitmodules") if sources.has(".gitmodules") else None
    matches = _SUBMODULE.finditer(text or "")
    return {match["path"].rstrip("/"): (text or "").count("\n", 0, match.start("path")) + 1 for match in matches}


def is_yaml(path: str) -> bool:
    """Tell whether a file is YAML, or a template of it, by its name."""
    for ending in _TEMPLATE_ENDINGS:
        path = path.removesuffix(ending)
    return path.lower().endswith(YAML_ENDINGS)


def name_of(path: str) -> str:
    """Return the last part of a path."""
    return posixpath.basename(path)


def folder_of(path: str) -> str:
    """Return the folder of a path; the root is an empty text."""
    return posixpath.dirname(path)


def resolved(folder: str, path: str) -> str | None:
    """Return a path that is relative to a folder as one of the repository, or None when it leads out of it."""
    if path.startswith(("/", "~")):
        return None
    joined = posixpath.normpath(posixpath.join(folder, path))
    if joined == "..":
        return None
    return None if joined.startswith("../") else "" if joined == "." else joined


def _parsed(text: str, *, is_template: bool) -> ReadYaml:
    plain = None if is_template else load_all(text)
    if plain is not None and not (has_template(text) and (plain.mistakes or plain.has_odd_keys)):
        return _as_read(plain, is_template=False)
    around = load_all(blanked(text), keeps_unfinished=True)
    return _as_read(around, is_template=True)


def _as_read(found: Documents, *, is_template: bool) -> ReadYaml:
    return ReadYaml(
        documents=found.documents,
        mistakes=tuple((mistake.line, mistake.what) for mistake in found.mistakes),
        doubled=() if is_template else tuple((mistake.line, mistake.what) for mistake in found.doubled),
        is_template=is_template,
    )


def is_known(text: str | None) -> bool:
    """Tell whether a text holds no variable and no expression that only a run can fill in."""
    return text is not None and "$" not in text and OPEN not in text and "{{" not in text
