"""Flux and the chart controller of k3s: releases, kustomizations, their sources."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.declared.backup_tools import tool_of
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.helm_values import host_ports, read_values
from steward.knowhow.declared.kubernetes_objects import KubernetesObject, objects, with_kinds
from steward.knowhow.declared.reader import Reader, Sources, folder_of, is_known, resolved
from steward.lib.yaml_loose import Node, load_all
from steward.model.declared import Declaration

_KUSTOMIZE = "kustomize.toolkit.fluxcd.io"


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file with an object of Flux, or a chart of k3s."""
    return with_kinds(sources, "fluxcd.io", "helm.cattle.io")


def read(sources: Sources, path: str) -> Declaration:
    """Return what the objects of a file declare."""
    found = Found(path, project=folder_of(path))
    for each in objects(sources, path):
        if each.kind == "HelmRelease" and each.group.endswith("fluxcd.io") and each.is_named:
            _release(each, found)
        elif each.kind == "HelmChart" and each.group == "helm.cattle.io" and each.is_named:
            _chart(each, found)
        elif each.kind == "Kustomization" and each.group == _KUSTOMIZE:
            _kustomization(sources, each, found)
        elif each.kind == "OCIRepository" and each.is_named:
            reference = each.node.at("spec", "ref")
            if reference is None or not any(reference.string(key) for key in ("tag", "semver", "digest")):
                found.problem("unpinned-chart", f"the source {each.name} has no version", each.line)
    return found.declaration()


def _release(each: KubernetesObject, found: Found) -> None:
    node = each.node
    values = node.at("spec", "values")
    image = read_values(values, each.name, found, line=each.line) if values else None
    found.add_service(each.name, "helm-release", each.line, image=image)
    chart = node.at("spec", "chart", "spec")
    if chart is not None:
        version = chart.string("version")
        if not version or version.strip() in {"*", "x", ">=0.0.0", ">=0"}:
            found.problem("unpinned-chart", f"{each.name}: the chart has no version", chart.line)
    for claim in host_ports(values, each.name) if values else ():
        found.add_port(claim)
    for other in node.list("spec", "dependsOn"):
        if name := other.string("name"):
            found.add_dependency(each.name, name, "flux", other.line)
    for source in node.list("spec", "valuesFrom"):
        if source.string("kind") == "Secret" and (name := source.string("name")):
            found.add_secret(name, "kubernetes-secret", source.line, service=each.name)
    by = tool_of((chart.string("chart") if chart else None) or each.name)
    if by == "velero":
        found.add_cover("*", by, each.line)


def _chart(each: KubernetesObject, found: Found) -> None:
    """Read a chart that k3s installs; its values stand in a text."""
    text = each.node.at("spec", "valuesContent")
    values = _values(text) if text is not None and text.scalar else None
    image = read_values(values, each.name, found, line=each.line) if values else None
    found.add_service(each.name, "helm-release", each.line, image=image)
    if each.node.string("spec", "chart") and not each.node.string("spec", "version"):
        found.problem("unpinned-chart", f"{each.name}: the chart has no version", each.line)


def _values(text: Node) -> Node | None:
    documents = load_all(text.text).documents
    if not documents:
        return None
    values = documents[0]
    _moved(values, text.line)
    return values


def _moved(root: Node, by: int) -> None:
    """Count lines of a text within a text from the outer one."""
    for node in root.walk():
        node.line += by
        node.key_lines = {key: line + by for key, line in node.key_lines.items()}


def _kustomization(sources: Sources, each: KubernetesObject, found: Found) -> None:
    spec = each.node.at("spec")
    if spec is None or not each.name:
        return
    for other in spec.list("dependsOn"):
        if name := other.string("name"):
            found.add_dependency(each.name, name, "flux", other.line)
    _applied(sources, each.name, spec, found)
    if spec.string("decryption", "provider"):
        for name in spec.map("decryption", "secretRef").values():
            found.add_secret(name.text, "decryption-key", name.line, service=each.name)
    for source in spec.list("postBuild", "substituteFrom"):
        if source.string("kind") == "Secret" and (name := source.string("name")):
            found.add_secret(name, "kubernetes-secret", source.line, service=each.name)


def _applied(sources: Sources, name: str, spec: Node, found: Found) -> None:
    """Look for the folder that is applied and its components, where they are of this repository."""
    path = spec.string("path")
    target = resolved("", path.lstrip("/")) if path and is_known(path) else None
    if target is None:
        return
    is_ours = spec.string("sourceRef", "name") == "flux-system" or target.partition("/")[0] in sources.once(_tops)
    if is_ours and not sources.exists(target):
        found.problem("dead-reference", f"{name} applies {path}, which is not there", spec.line_of("path"))
        return
    for component in spec.list("components"):
        at = resolved(target, component.scalar) if component.scalar and is_known(component.scalar) else None
        if at and is_ours and not sources.exists(at):
            message = f"{name} uses {component.scalar}, which is not there"
            found.problem("dead-reference", message, component.line)
        if at and (by := tool_of(at)):
            found.add_cover("*", by, component.line, scope=f"folder:{target}")


def _tops(sources: Sources) -> frozenset[str]:
    return frozenset(path.partition("/")[0] for path in sources.paths)


PLUGIN = Reader(name="flux", summary="Releases and kustomizations of Flux, charts of k3s", claims=claims, read=read)
