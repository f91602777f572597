"""Graphs of kro: `kind: ResourceGraphDefinition`, `apiVersion: kro.run/v1alpha1`.

Steward does not run objects of Kubernetes. Each resource becomes a question in its place of the order, and is told as
not mapped; inputs come from the schema, and a condition over the schema alone becomes the question's.
"""

from __future__ import annotations

import re

from steward.core.foreign.imported import Drawing, Edge, Findings
from steward.core.foreign.kro_checks import Graph, check_graph, graph_of
from steward.core.foreign.kro_expressions import with_inputs
from steward.core.foreign.kro_schema import inputs_of
from steward.core.foreign.order import ordered
from steward.core.foreign.steps import Draft, Origin
from steward.lib.yaml_loose import Node

VERSION = "kro.run/v1alpha1"
"""The only version of it that is read."""
KIND = "ResourceGraphDefinition"
"""Its kind."""
_WHOLE = re.compile(r"\s*\$\{(.*)\}\s*", re.DOTALL)


def is_graph(root: Node) -> bool:
    """Tell whether a document has this form, of whatever version."""
    version = root.string("apiVersion") or ""
    return root.string("kind") == KIND and version.startswith("kro.run/")


def read_graph(root: Node, file: str, findings: Findings) -> None:
    """Take over one graph, check it and draw it."""
    graph = graph_of(root, file)
    tell_rest(root, file, findings)
    check_graph(graph, findings)
    order = ordered(graph.needs)
    edges = tuple(
        Edge(before=findings.shown(before), after=findings.shown(key)) for key in order for before in graph.needs[key]
    )
    nodes = tuple(findings.shown(key) for key in order)
    findings.drawings.append(
        Drawing(file=file, line=root.line, name=findings.shown(graph.name), nodes=nodes, edges=edges)
    )
    draft = Draft(file=file, line=root.line, name=graph.name, title=_title(graph, findings), findings=findings)
    types = root.at("spec", "schema", "types")
    draft.inputs, paths = inputs_of(graph.spec, types, file, findings)
    for key in order:
        _resource(draft, graph, key, paths)
    for line, key in graph.doubled:
        findings.unmapped(file, line, f"resource {key}", "its id is given twice, and only the first of them counts")
    for name, value in root.map("spec", "schema", "status").items():
        findings.unmapped(file, value.line, f"status {name}", "a run has steps and a receipt, no status of its own")
    draft.finish()


def tell_rest(root: Node, file: str, findings: Findings) -> None:
    """Tell what a graph says beside its resources and what is given to it."""
    parts: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("the graph", (), ("apiVersion", "kind", "metadata", "spec")),
        ("metadata", ("metadata",), ("name",)),
        ("spec", ("spec",), ("schema", "resources")),
        ("spec.schema", ("spec", "schema"), ("apiVersion", "kind", "spec", "status", "types")),
    )
    for owner, path, known in parts:
        if (node := root.at(*path)) is not None:
            findings.unread(node, owner, known, file, "a workflow has no place for it")


def _title(graph: Graph, findings: Findings) -> str:
    return findings.shown(f"Make {graph.kind}") if graph.kind else ""


def _resource(draft: Draft, graph: Graph, key: str, paths: dict[str, str]) -> None:
    node = graph.resources[key]
    origin = Origin(key=key, line=node.line, what=f"resource {key}", needs=tuple(graph.needs[key]))
    kind, name = _object(node)
    is_outside = node.at("externalRef") is not None
    todo = f"{'See that there is' if is_outside else 'Make'} {kind} {name}".rstrip()
    told = [todo, *_conditions(draft, node, "readyWhen", key), *_for_each(draft, node, key)]
    when = _when(draft, node, key, paths)
    why = "an object of Kubernetes is not looked up here" if is_outside else "objects of Kubernetes are not run here"
    draft.by_hand(origin, f"{kind}: {why}", todo="; ".join(told), when=when)


def _object(node: Node) -> tuple[str, str]:
    body = node.at("template") or node.at("externalRef") or node.at("definition") or node
    return body.string("kind") or "an object", body.string("metadata", "name") or ""


def _when(draft: Draft, node: Node, key: str, paths: dict[str, str]) -> str:
    """Return the condition in our words, or tell that there is none."""
    ours: list[str] = []
    conditions = node.several("includeWhen")
    for condition in conditions:
        match = _WHOLE.fullmatch(condition.text)
        found = with_inputs(match[1], paths) if match else None
        if found is None:
            why = "it is about more than the inputs, so it cannot be told before the run; the step is always asked"
            draft.findings.unmapped(draft.file, condition.line, f"includeWhen of {key}", why)
        else:
            ours.append(found)
            draft.findings.mapped(draft.file, condition.line, f"includeWhen of {key}", f"when: {found}")
    if len(ours) < len(conditions):  # a part of a condition is another condition
        return ""
    return ours[0] if len(ours) == 1 else " && ".join(f"({each})" for each in ours)


def _conditions(draft: Draft, node: Node, name: str, key: str) -> list[str]:
    told: list[str] = []
    for condition in node.several(name):
        why = "Steward measures machines, not objects of Kubernetes; the question says it in words"
        draft.findings.unmapped(draft.file, condition.line, f"{name} of {key}", why)
        told.append(f"it is ready when {condition.text}")
    return told


def _for_each(draft: Draft, node: Node, key: str) -> list[str]:
    told: list[str] = []
    for each in node.several("forEach"):
        why = "the question is asked once for all of them"
        draft.findings.unmapped(draft.file, each.line, f"forEach of {key}", why)
        told += [f"one for each {name} of {value.text}" for name, value in each.mapping.items()]
    return told


def read_other_version(root: Node, file: str, findings: Findings) -> None:
    """Tell that a graph of another version is not read."""
    version = root.string("apiVersion") or ""
    findings.mistake(file, root.line, f"`{version}` is not read", f"write `apiVersion: {VERSION}`")
    for node in root.list("spec", "resources"):
        name = node.string("id") or node.string("name") or "?"
        findings.unmapped(file, node.line, f"resource {name}", f"only {VERSION} is read")
    if not root.list("spec", "resources"):
        findings.unmapped(file, root.line, "the graph", f"only {VERSION} is read")
