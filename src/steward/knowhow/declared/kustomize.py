"""Kustomizations: what they include, the images they rename, the charts they pull."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import joined, pinned
from steward.knowhow.declared.reader import Reader, Sources, folder_of, is_known, name_of, resolved
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LISTS = (
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
)
_REMOTE = re.compile(r"://|^git@|^(?:github|gitlab|bitbucket|codeberg)\.\w+/|\?ref=|^git::|^oci:")
_NEAREST = 4


def claims(sources: Sources) -> Iterator[str]:
    """Yield every kustomization."""
    return (path for path in sources.paths if name_of(path) in _NAMES)


def read(sources: Sources, path: str) -> Declaration:
    """Return what a kustomization names: what is not there, images, charts."""
    found = Found(path, project=folder_of(path))
    node = _document(sources, path)
    if node is None:
        return found.declaration()
    for text, line in _named(node):
        if not _is_there(sources, folder_of(path), text):
            found.problem("dead-reference", f"it names {text}, which is not there", line)
    for image in node.list("images"):
        _image(image, found)
    for chart in node.list("helmCharts"):
        name = chart.string("releaseName") or chart.string("name")
        if name:
            found.add_service(name, "helm-chart", chart.line)
            if not chart.string("version"):
                found.problem("unpinned-chart", f"{name}: the chart has no version", chart.line)
            for key in ("valuesFile",):
                text = chart.string(key)
                if text and not _is_there(sources, folder_of(path), text):
                    found.problem("dead-reference", f"it names {text}, which is not there", chart.line_of(key))
    return found.declaration()


def _document(sources: Sources, path: str) -> Node | None:
    documents = sources.yaml(path).documents
    return next((node for node in documents if node.entries is not None), None)


def _named(node: Node) -> Iterator[tuple[str, int]]:
    """Yield every file or folder that is named, with its line."""
    plain = [each for key in _LISTS for each in node.list(key)]
    yield from ((each.scalar, each.line) for each in plain if each.scalar and "\n" not in each.scalar)
    for each in (each for key in ("patches", "patchesJson6902", "replacements") for each in node.list(key)):
        if text := each.string("path"):
            yield text, each.line_of("path")
    generators = [each for key in ("configMapGenerator", "secretGenerator") for each in node.list(key)]
    files = [each for one in generators for each in (*one.list("files"), *one.list("envs"))]
    yield from ((each.scalar.rpartition("=")[2], each.line) for each in files if each.scalar)


def _is_there(sources: Sources, folder: str, text: str) -> bool:
    """Tell whether what is named is there; what lies elsewhere is believed."""
    if _REMOTE.search(text) or not is_known(text):
        return True
    target = resolved(folder, text)
    return target is None or sources.exists(target)


def _image(image: Node, found: Found) -> None:
    name = image.string("newName") or image.string("name")
    tag, digest = image.string("newTag"), image.string("digest")
    if name and (tag or digest):
        full = joined(name, tag, digest)
        found.add_image(full, "", image.line, pinned=pinned(full), what=name)


def renaming(sources: Sources, path: str) -> Callable[[str], str]:
    """Return what gives an image the name that the nearest kustomization above a file gives it."""
    names: dict[str, str] = {}
    folder = folder_of(path)
    for _ in range(_NEAREST):
        for name in _NAMES:
            at = f"{folder}/{name}" if folder else name
            node = _document(sources, at) if sources.has(at) else None
            for image in node.list("images") if node else ():
                old, tag, digest = image.string("name"), image.string("newTag"), image.string("digest")
                if old and (tag or digest or image.string("newName")):
                    names.setdefault(old, joined(image.string("newName") or old, tag, digest))
        if not folder:
            break
        folder = folder_of(folder)
    return lambda image: names.get(_repository(image), image)


def _repository(image: str) -> str:
    plain = image.partition("@")[0]
    return plain.rpartition(":")[0] if ":" in plain.rpartition("/")[2] else plain


PLUGIN = Reader(name="kustomize", summary="Kustomizations", claims=claims, read=read)
