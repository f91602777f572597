"""Argo CD: applications and sets of them."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.helm_values import read_values
from steward.knowhow.declared.kubernetes_objects import KubernetesObject, objects, with_kinds
from steward.knowhow.declared.reader import Reader, Sources, folder_of, is_known, resolved
from steward.lib.yaml_loose import Node, load_all
from steward.model.declared import Declaration

_MOVING = {"*", "HEAD", "main", "master", ""}


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file with an object of Argo CD."""
    return with_kinds(sources, "argoproj.io")


def read(sources: Sources, path: str) -> Declaration:
    """Return what the applications of a file declare."""
    found = Found(path, project=folder_of(path))
    for each in objects(sources, path):
        if each.kind == "Application" and each.group == "argoproj.io" and each.is_named:
            _application(sources, each, found)
        elif each.kind == "ApplicationSet" and each.group == "argoproj.io":
            _set(sources, each, found)
    return found.declaration()


def _application(sources: Sources, each: KubernetesObject, found: Found) -> None:
    image = None
    for source in _sources(each.node.at("spec")):
        values = source.at("helm", "valuesObject") or _text(source.at("helm", "values"))
        image = image or (read_values(values, each.name, found, line=each.line) if values else None)
        revision = source.string("targetRevision") or ""
        if source.string("chart") and revision in _MOVING:
            found.problem("unpinned-chart", f"{each.name}: the chart has no version", source.line)
        _path(sources, each.name, source, found)
    found.add_service(each.name, "argo-application", each.line, image=image)


def _sources(spec: Node | None) -> Iterator[Node]:
    if spec is None:
        return
    single = spec.at("source")
    yield from ([single] if single is not None else [])
    yield from spec.list("sources")


def _text(node: Node | None) -> Node | None:
    documents = load_all(node.text).documents if node is not None and node.scalar else ()
    return documents[0] if documents else None


def _path(sources: Sources, name: str, source: Node, found: Found) -> None:
    """Look for a path that is of this repository: its beginning is here."""
    path = source.string("path")
    target = resolved("", path.lstrip("/")) if path and is_known(path) else None
    if not target or source.string("chart") or not sources.has_folder(target.partition("/")[0]):
        return
    if not sources.exists(target):
        found.problem("dead-reference", f"{name} applies {path}, which is not there", source.line_of("path"))


def _set(sources: Sources, each: KubernetesObject, found: Found) -> None:
    """Look whether the folders a set names are there; each application it makes is read at its own place."""
    for generator in each.node.list("spec", "generators"):
        for directory in generator.list("git", "directories"):
            path = directory.string("path") or ""
            folder = path.partition("*")[0].rstrip("/")
            is_here = sources.has_folder(folder.partition("/")[0])
            if is_known(path) and folder and is_here and not sources.has_folder(folder):
                found.problem("dead-reference", f"{each.name} applies {path}, which is not there", directory.line)


PLUGIN = Reader(name="argo", summary="Applications of Argo CD", claims=claims, read=read)
