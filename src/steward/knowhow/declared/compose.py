"""Compose files: services, what they need, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from steward.knowhow.declared import compose_needs, compose_service
from steward.knowhow.declared.compose_project import Project, document_of, is_override
from steward.knowhow.declared.compose_variables import fill
from steward.knowhow.declared.environment_files import example_of
from steward.knowhow.declared.found import FoundInFiles
from steward.knowhow.declared.reader import Reader, Sources, folder_of, resolved
from steward.knowhow.declared.templates import has_template
from steward.lib.detect.names import Weight, judge
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration, Severity

_VARIABLE_PARTS = ("name", "services", "networks", "volumes", "secrets", "configs", "include")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every compose file that is not read on top of another one."""
    for path in sources.yaml_paths():
        if document_of(sources, path) is not None and not is_override(sources, path):
            yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return what a compose file declares; files it is made of are told with their own names."""
    root = document_of(sources, path)
    if root is None:
        return Declaration()
    project = Project(sources=sources, path=path, root=root)
    found = FoundInFiles(project=_started_with(sources, path))
    _containers(project, found)
    for service in project.services:
        compose_service.read(project, service, found)
    _cycles(project, found)
    _tops(project, found)
    for file, document in project.layers:
        _variables(project, file, document, found)
        for line, what in sources.yaml(file).doubled:
            found.at(file).problem("duplicate-key", what, line, severity=Severity.ERROR)
    _ = project.included  # looks for what is included and not there
    for dead in project.dead:
        found.at(dead.file).problem("dead-reference", dead.message, dead.line)
    return found.declaration()


def _started_with(sources: Sources, path: str) -> str:
    """Return the file that includes this one, or the file itself: what is started together is one project."""
    including = sources.once(_including)
    return next((root for root, included in including if root != path and path in included), path)


def _including(sources: Sources) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return every file that includes others, with those, the one that includes most first."""
    found: list[tuple[str, frozenset[str]]] = []
    for path in sources.yaml_paths():
        node = document_of(sources, path) if "include" in (sources.text(path) or "") else None
        if node is not None and node.list("include"):
            found.append((path, frozenset(Project(sources=sources, path=path, root=node).included)))
    return tuple(sorted(found, key=lambda each: (-len(each[1]), each[0])))


def _variables(project: Project, file: str, document: Node, found: FoundInFiles) -> None:
    """Tell variables without value, once a file and name, and those that by their name are secrets."""
    told: set[str] = set()
    is_template = project.sources.yaml(file).is_template
    for part in _VARIABLE_PARTS:
        top = document.at(part)
        for node in top.scalars() if top and not is_template else ():
            if "$" not in node.text:
                continue
            filled = fill(node.text, project.values)
            for text in filled.invalid:
                message = f"{text.split()[0] if text.split() else text}... begins no variable; `$$` is a dollar sign"
                found.at(file).problem("invalid-variable", message, node.line)
            for used in filled.used:
                named = judge(used.name)
                if named is not None and named.weight >= Weight.LIKELY:
                    found.at(file).add_secret(used.name, "variable", node.line)
                if used.name in told or used.has_default or used.name in project.given:
                    continue
                told.add(used.name)
                _missing(project, file, used.name, node.line, found, is_demanded=used.is_demanded)


def _missing(project: Project, file: str, name: str, line: int, found: FoundInFiles, *, is_demanded: bool) -> None:
    shown = project.shown.get(name)
    if shown:
        message = f"{name} has no value here; {shown} names it"
        found.at(file).problem("missing-variable", message, line, severity=Severity.NOTE)
        return
    message = f"{name} has no value and no default"
    severity = Severity.ERROR if is_demanded else None
    found.at(file).problem(
        "missing-variable", message + (", and is demanded" if is_demanded else ""), line, severity=severity
    )


def _tops(project: Project, found: FoundInFiles) -> None:
    """Look at what is declared at the top level: files of secrets and configs, volumes."""
    for file, document in project.layers:
        for what in ("secrets", "configs"):
            for name, node in document.map(what).items():
                _secret_or_config(project, file, what, name, node, found)


def _secret_or_config(project: Project, file: str, what: str, name: str, node: Node, found: FoundInFiles) -> None:
    at = found.at(file)
    path = node.string("file")
    line = node.line if not node.mapping else node.line_of(next(iter(node.mapping)))
    if what == "secrets":
        at.add_secret(name, "compose-secret", max(1, line - 1) if node.mapping else line)
    if path is None:
        return
    known = fill(path, project.values).text
    target = resolved(folder_of(file), known) if "$" not in known else None
    if target is None or project.sources.exists(target):
        return
    example = example_of(project.sources, target)
    message = f"the file {known} of {what[:-1]} {name} is not in the repository"
    severity = Severity.NOTE if example else Severity.WARNING if what == "secrets" else None
    at.problem(
        "dead-reference",
        message + (f"; {example} shows what belongs into it" if example else ""),
        node.line_of("file"),
        severity=severity,
    )


def _containers(project: Project, found: FoundInFiles) -> None:
    """Tell containers that get the same name."""
    taken: dict[str, str] = {}
    for service in project.services:
        last = service.last("container_name")
        name = fill(last[1].text, project.values).text if last else ""
        if last is None or not name or "$" in name or has_template(name):
            continue
        if taken.setdefault(name, service.name) != service.name:
            message = f"{service.name} and {taken[name]} both name their container {name}"
            found.at(last[0]).problem("duplicate-name", message, last[1].line)


def _cycles(project: Project, found: FoundInFiles) -> None:
    """Tell the first circle in which services wait for each other."""
    needs = {service.name: compose_needs.waits_for(service) for service in project.services}
    done: set[str] = set()
    for start in project.services:
        path, stack = [start.name], [iter(needs[start.name])]
        while stack and start.name not in done:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                done.add(path.pop())
            elif step in path:
                circle = " -> ".join([*path[path.index(step) :], step])
                found.at(start.file).problem("dependency-cycle", f"services wait in a circle: {circle}", start.line)
                return
            elif step in needs and step not in done:
                path.append(step)
                stack.append(iter(needs[step]))


PLUGIN = Reader(name="compose", summary="Compose files", claims=claims, read=read)
