"""Objects of Kubernetes in files of YAML, lists opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward.knowhow.declared.reader import Sources, folder_of, is_known
from steward.lib.yaml_loose import Node

MOST_OBJECTS = 5000
"""Most objects of one file."""


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """An object with its place."""

    kind: str
    """Kind."""
    group: str
    """Group of its API; empty for the core."""
    name: str
    """Name, or an empty text."""
    namespace: str
    """Namespace, or an empty text."""
    line: int
    """Line of its name, or its own."""
    node: Node
    """All of it."""

    @property
    def is_named(self) -> bool:
        """Whether the name is told and not left to a template."""
        return bool(self.name) and is_known(self.name)


def objects(sources: Sources, path: str) -> tuple[KubernetesObject, ...]:
    """Return every object of a file."""
    found: list[KubernetesObject] = []
    for document in sources.yaml(path).documents:
        found += _opened(document)
    return tuple(found[:MOST_OBJECTS])


def _opened(node: Node) -> Iterator[KubernetesObject]:
    kind, version = node.string("kind"), node.string("apiVersion")
    if not kind or not version:
        return
    items = node.at("items")
    if kind.endswith("List") and items is not None:
        for item in items.sequence:
            yield from _opened(item) if not (item.string("kind") or "").endswith("List") else ()
        return
    metadata = node.at("metadata")
    yield KubernetesObject(
        kind=kind,
        group=version.partition("/")[0] if "/" in version else "",
        name=(metadata.string("name") if metadata else None) or "",
        namespace=(metadata.string("namespace") if metadata else None) or "",
        line=metadata.line_of("name") if metadata and "name" in metadata.mapping else node.line,
        node=node,
    )


def chart_of(sources: Sources, path: str) -> str | None:
    """Return the folder of the chart whose templates this file is one of, or None."""
    folder = folder_of(path)
    while folder:
        parent = folder_of(folder)
        if folder.rpartition("/")[2] == "templates" and sources.has(f"{parent}/Chart.yaml" if parent else "Chart.yaml"):
            return parent
        folder = parent
    return None


def with_kinds(sources: Sources, *words: str) -> Iterator[str]:
    """Yield files of YAML that hold objects and one of these words."""
    for path in sources.yaml_paths():
        text = sources.text(path)
        if text and "apiVersion" in text and any(word in text for word in words) and objects(sources, path):
            yield path
