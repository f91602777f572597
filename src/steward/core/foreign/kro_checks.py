"""What is wrong with a graph of kro, as kro itself would refuse it: ids, fields, names, circles, expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from steward.core.foreign.imported import Findings
from steward.core.foreign.kro_expressions import Found, expressions, fields_of_schema, names, trouble
from steward.core.foreign.kro_schema import all_paths
from steward.core.foreign.order import circle
from steward.lib.text import nearest, visible_line
from steward.lib.yaml_loose import Node

_ID = re.compile(r"[a-z][a-zA-Z0-9]*")
_KIND = re.compile(r"[A-Z][a-zA-Z0-9]*")
_FIELDS = ("id", "template", "externalRef", "readyWhen", "includeWhen", "forEach")
_RESERVED = frozenset(
    [
        "apiVersion",
        "context",
        "dependency",
        "dependencies",
        "each",
        "externalRef",
        "externalReference",
        "externalRefs",
        "externalReferences",
        "function",
        "functions",
        "graph",
        "instance",
        "instances",
        "item",
        "items",
        "kind",
        "kro",
        "metadata",
        "namespace",
        "object",
        "resource",
        "resources",
        "resourceGraph",
        "resourceGraphDefinition",
        "rgd",
        "root",
        "runtime",
        "schema",
        "self",
        "serviceAccountName",
        "spec",
        "status",
        "this",
        "variables",
        "vars",
        "version",
    ]
)
_WHOLE_CONDITIONS = ("readyWhen", "includeWhen")


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A graph as it is written, with what its parts need of each other."""

    file: str
    """File it stands in."""
    root: Node
    """The document."""
    name: str
    """Its name."""
    kind: str
    """Kind of the objects it defines."""
    spec: Node | None
    """Schema of what is given."""
    resources: dict[str, Node]
    """Parts by id, in their order."""
    needs: dict[str, list[str]]
    """For each part: those its expressions name."""
    doubled: tuple[tuple[int, str], ...]
    """Line and id of parts whose id is taken."""


def graph_of(root: Node, file: str) -> Graph:
    """Read a graph; what is wrong with it is told by `check_graph`."""
    resources: dict[str, Node] = {}
    doubled: list[tuple[int, str]] = []
    for number, node in enumerate(root.list("spec", "resources"), start=1):
        key = node.string("id") or node.string("name") or f"resource{number}"
        if key in resources:
            doubled.append((node.line, key))
        else:
            resources[key] = node
    return Graph(
        file=file,
        root=root,
        name=root.string("metadata", "name") or "imported",
        kind=root.string("spec", "schema", "kind") or "",
        spec=root.at("spec", "schema", "spec"),
        resources=resources,
        needs={key: _needs(key, node, resources) for key, node in resources.items()},
        doubled=tuple(doubled),
    )


def _needs(key: str, node: Node, resources: dict[str, Node]) -> list[str]:
    """Return the parts that the expressions of one name; what it says of itself is no need."""
    own = {key, *_iterators(node)}
    found = [name for each in expressions(node) if isinstance(each, Found) for name in sorted(names(each.text))]
    found += [name for each in node.several("dependsOn") if (name := each.scalar)]
    return [name for name in dict.fromkeys(found) if name in resources and name not in own]


def _iterators(node: Node) -> tuple[str, ...]:
    return tuple(name for each in node.several("forEach") for name in each.mapping)


def check_graph(graph: Graph, findings: Findings) -> None:
    """Tell everything kro would refuse."""
    _check_head(graph, findings)
    for line, key in graph.doubled:
        findings.mistake(graph.file, line, f"the id `{key}` is there twice", "give each resource its own")
    known = all_paths(graph.spec)
    for key, node in graph.resources.items():
        _check_resource(graph, key, node, findings)
        allowed = {*graph.resources, *_iterators(node), "schema", "each"}
        for each in expressions(node):
            _check_expression(graph, each, allowed, known, findings)
        _check_conditions(graph, key, node, findings)
    status = graph.root.at("spec", "schema", "status")
    for each in expressions(status) if status is not None else ():
        _check_expression(graph, each, {*graph.resources, "schema"}, known, findings)
    if found := circle(graph.needs):
        line = graph.resources[found[0]].line
        findings.mistake(graph.file, line, f"these need each other: {' -> '.join(found)}", "take one reference out")


def _check_head(graph: Graph, findings: Findings) -> None:
    root, file = graph.root, graph.file
    if root.string("metadata", "name") is None:
        findings.mistake(file, root.line, "the graph has no name", "write `metadata: {name: ...}`")
    schema = root.at("spec", "schema")
    if schema is None:
        findings.mistake(
            file, root.line_of("spec"), "`spec.schema` is missing", "write apiVersion, kind and spec of it"
        )
    elif not _KIND.fullmatch(graph.kind):
        findings.mistake(file, schema.line_of("kind"), "`schema.kind` must be like `WebService`", "write `kind: ...`")
    if not graph.resources:
        findings.mistake(file, root.line, "the graph has no resources", "write `resources: [{id: ..., template: ...}]`")


def _check_resource(graph: Graph, key: str, node: Node, findings: Findings) -> None:
    file, line = graph.file, node.line
    if node.string("id") is None:
        findings.mistake(file, line, f"`{key}` has no `id`", "older graphs say `name`; write `id`")
    if not _ID.fullmatch(key):
        findings.mistake(file, node.line_of("id"), f"`{key}` is no id", f"write it as `{_camel(key)}`")
    elif key in _RESERVED:
        findings.mistake(file, node.line_of("id"), f"kro keeps the word `{key}` for itself", "take another id")
    for name in node.mapping:
        if name not in (*_FIELDS, "name"):
            findings.mistake(
                file, node.line_of(name), f"`{visible_line(name[:60])}` is no field of a resource", _hint(name)
            )
    bodies = [name for name in ("template", "externalRef") if node.at(name) is not None]
    if len(bodies) != 1:
        findings.mistake(file, line, f"`{key}` needs exactly one of template and externalRef", "write one of them")
        return
    body = node.at(bodies[0])
    for name in ("apiVersion", "kind"):
        if body is not None and body.string(name) is None:
            findings.mistake(file, body.line, f"`{bodies[0]}` of `{key}` has no {name}", f"write `{name}: ...`")


def _hint(name: str) -> str:
    if name in {"dependsOn", "dependencies"}:
        return "leave it out: kro finds the order from the expressions"
    if name == "definition":
        return "older graphs say `definition`; write `template`"
    near = nearest(name, _FIELDS)
    return f"did you mean `{near}`?" if near else f"known are {', '.join(_FIELDS)}"


def _camel(key: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", key)[:10]
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    return (joined[:1].lower() + joined[1:]) or "myResource"


def _check_expression(
    graph: Graph, found: Found | int, allowed: set[str], paths: frozenset[str], findings: Findings
) -> None:
    if isinstance(found, int):
        findings.mistake(graph.file, found, "an expression `${` does not end", "close it with `}`")
        return
    if wrong := trouble(found.text):
        findings.mistake(graph.file, found.line, wrong, "check the expression")
        return
    for name in sorted(names(found.text) - allowed):
        near = nearest(name, sorted(allowed))
        hint = f"did you mean `{near}`?" if near else "name a resource of the graph, or `schema`"
        findings.mistake(graph.file, found.line, f"`{name}` is no resource of the graph", hint)
    for path in fields_of_schema(found.text):
        if graph.spec is not None and not _is_known(path, paths):
            near = nearest(path, sorted(paths))
            hint = f"did you mean `schema.spec.{near}`?" if near else "add it to `schema.spec`"
            findings.mistake(graph.file, found.line, f"the schema has no `{path}`", hint)


def _is_known(path: str, paths: frozenset[str]) -> bool:
    """Tell whether a path, or a field or function of something in the schema, is known."""
    return path.split(".", maxsplit=1)[0] in paths


def _check_conditions(graph: Graph, key: str, node: Node, findings: Findings) -> None:
    for name in (*_WHOLE_CONDITIONS, "forEach"):
        if node.several(name) and not node.list(name):
            findings.mistake(
                graph.file, node.line_of(name), f"`{name}` of `{key}` must be a list", "write `- ` before it"
            )
    for name in _WHOLE_CONDITIONS:
        for condition in node.several(name):
            inner = [each for each in expressions(condition) if isinstance(each, Found)]
            if len(inner) != 1 or not inner[0].is_whole:
                what = f"`{name}` of `{key}` must be one expression"
                findings.mistake(graph.file, condition.line, what, "write `${ ... }` and nothing else")
            elif name == "readyWhen" and (others := sorted(_others(inner[0], key, node, graph))):
                what = f"`readyWhen` of `{key}` names `{others[0]}`"
                findings.mistake(graph.file, condition.line, what, "it may only name the resource itself")


def _others(found: Found, key: str, node: Node, graph: Graph) -> Iterator[str]:
    return (name for name in names(found.text) if name in graph.resources and name not in {key, *_iterators(node)})
