"""Dockerfiles: the images they build on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.compose_variables import fill
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.reader import Reader, Sources, folder_of, name_of
from steward.knowhow.declared.templates import has_template
from steward.model.declared import Declaration, DeclaredImage, Severity

_NAME = re.compile(
    r"(?:Dockerfile|Containerfile|dockerfile)(?:[.-][\w.-]+)?$|.+\.(?:Dockerfile|dockerfile|Containerfile)$"
)
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?\s*$", re.IGNORECASE)
_ARG = re.compile(r"ARG\s+(?P<name>\w+)=(?P<value>\S+)", re.IGNORECASE)


def claims(sources: Sources) -> Iterator[str]:
    """Yield every Dockerfile."""
    return (
        path for path in sources.paths if _NAME.match(name_of(path)) and not path.endswith((".md", ".dockerignore"))
    )


def read(sources: Sources, path: str) -> Declaration:
    """Return the images a Dockerfile builds on."""
    found = Found(path, project=folder_of(path) or path)
    stages: set[str] = set()
    values: dict[str, str] = {}
    for number, line in enumerate((sources.text(path) or "").split("\n"), start=1):
        plain = line.strip()
        if match := _ARG.match(plain):
            values[match["name"]] = match["value"].strip("\"'")
        match = _FROM.match(plain)
        if match is None:
            continue
        image = fill(match["image"], values).text
        if image.lower() not in {"scratch", *stages} and not has_template(image):
            _image(image, number, found)
        if match["stage"]:
            stages.add(match["stage"].lower())
    return found.declaration()


def _image(image: str, line: int, found: Found) -> None:
    how = pinned(image)
    found.images.append(DeclaredImage(image=image, service="", pinned=how, file=found.file, line=line))
    if how in {"latest", "none"}:
        message = f"it builds on {image}, which moves"
        found.problem("unpinned-image", message, line, severity=Severity.NOTE)


PLUGIN = Reader(name="dockerfiles", summary="Dockerfiles", claims=claims, read=read)
