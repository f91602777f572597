"""Helm charts of the repository itself, with their values and what they depend on; helmfiles."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.declared.found import Found, FoundInFiles
from steward.knowhow.declared.helm_values import read_values
from steward.knowhow.declared.reader import Reader, Sources, folder_of, is_known, name_of, resolved
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration


def claims(sources: Sources) -> Iterator[str]:
    """Yield every chart that is not a part of another, and every helmfile."""
    for path in sources.paths:
        name = name_of(path)
        is_part = "/charts/" in f"/{path}" and _is_within_a_chart(sources, path)
        if (
            (name == "Chart.yaml" and not is_part)
            or (name.startswith("helmfile") and name.removesuffix(".gotmpl").endswith((".yaml", ".yml")))
            or ("helmfile.d" in path.split("/") and name.removesuffix(".gotmpl").endswith((".yaml", ".yml")))
        ):
            yield path


def _is_within_a_chart(sources: Sources, path: str) -> bool:
    outer = path.rpartition("/charts/")[0]
    return sources.has(f"{outer}/Chart.yaml")


def read(sources: Sources, path: str) -> Declaration:
    """Return what a chart or a helmfile declares."""
    document = next((node for node in sources.yaml(path).documents if node.entries is not None), None)
    if document is None:
        return Declaration()
    found = FoundInFiles(project=folder_of(path) or path)
    if name_of(path) == "Chart.yaml":
        _chart(sources, path, document, found)
    else:
        for node in sources.yaml(path).documents:
            _releases(sources, path, node, found.at(path))
    return found.declaration()


def _chart(sources: Sources, path: str, chart: Node, found: FoundInFiles) -> None:
    name = chart.string("name")
    if not name or not is_known(name) or chart.string("type") == "library":
        return
    image = None
    folder = folder_of(path)
    for file in (f"{folder}/{end}" if folder else end for end in ("values.yaml", "values.yml")):
        values = (
            next((one for one in sources.yaml(file).documents if one.entries is not None), None)
            if sources.has(file)
            else None
        )
        if values is not None:
            image = read_values(values, name, found.at(file), line=1)
    at = found.at(path)
    at.add_service(name, "helm-chart", chart.line_of("name"), image=image)
    for dependency in chart.list("dependencies"):
        other, version = dependency.string("name"), dependency.string("version")
        repository = dependency.string("repository") or ""
        if not other:
            continue
        at.add_dependency(name, other, "chart", dependency.line)
        if not version or version.strip() in {"*", "x"}:
            at.problem("unpinned-chart", f"{name}: the chart {other} has no version", dependency.line)
        local = resolved(folder, repository.removeprefix("file://")) if repository.startswith("file://") else None
        if local is not None and not sources.exists(local):
            at.problem("dead-reference", f"{name} needs the chart {repository}, which is not there", dependency.line)


def _releases(sources: Sources, path: str, node: Node, found: Found) -> None:
    for release in node.list("releases"):
        name, chart = release.string("name"), release.string("chart") or ""
        if not name or not is_known(name):
            continue
        found.add_service(name, "helm-release", release.line_of("name"))
        is_local = chart.startswith(".")
        if not is_local and not release.string("version"):
            found.problem("unpinned-chart", f"{name}: the chart has no version", release.line)
        for other in release.list("needs"):
            if other.scalar:
                found.add_dependency(name, other.scalar.rpartition("/")[2], "helmfile", other.line)
        for values in release.list("values"):
            target = resolved(folder_of(path), values.scalar or "") if values.scalar else None
            if target and is_known(target) and "*" not in target and not sources.exists(target):
                found.problem(
                    "dead-reference", f"{name} takes values of {values.scalar}, which is not there", values.line
                )


PLUGIN = Reader(name="helm", summary="Helm charts and helmfiles", claims=claims, read=read)
