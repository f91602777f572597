"""What a compose service needs: other services, networks, secrets, files, what is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.compose_project import Project, Service
from steward.knowhow.declared.compose_variables import fill
from steward.knowhow.declared.environment_files import example_of
from steward.knowhow.declared.found import FoundInFiles
from steward.knowhow.declared.reader import folder_of, resolved
from steward.knowhow.declared.templates import has_template
from steward.lib.detect.names import Weight, judge
from steward.lib.yaml_loose import Node
from steward.model.declared import Severity

_HOST = re.compile(r"(?:://(?:[^/@\s]*@)?|@|^)(?P<host>[A-Za-z][\w.-]*)(?=[:/,?\s]|$)")
_REMOTE = ("://", "git@", "github.com/")


def read(project: Project, service: Service, found: FoundInFiles) -> None:
    """Add everything a service needs, and what of it is not there."""
    _services(project, service, found)
    _declared(project, service, found)
    _environment(project, service, found)
    _environment_files(project, service, found)
    _build(project, service, found)


def waits_for(service: Service) -> list[str]:
    """Return the services it is started after."""
    return [name for _, name, _ in _depends_on(service)]


def _depends_on(service: Service) -> Iterator[tuple[str, str, Node]]:
    """Yield file, name and place of every service it is started after and cannot do without."""
    for file, node in service.each("depends_on"):
        for each in node.sequence:
            if each.scalar:
                yield file, each.scalar, each
        for name, how in node.mapping.items():
            required = how.at("required")
            if required is None or not required.is_false:
                yield file, name, Node(line=node.line_of(name), text=name)


def _services(project: Project, service: Service, found: FoundInFiles) -> None:
    for file, name, node in (*_depends_on(service), *_links(service), *_shared(service)):
        kind = "depends-on" if node.tag == "" else node.tag
        name = fill(name, project.values).text  # noqa: PLW2901 - the same name, filled in
        found.at(file).add_dependency(service.name, name, kind, node.line)
        if name not in project.service_names and "$" not in name and not has_template(name):
            found.at(file).problem(
                "dead-reference", f"{service.name} needs {name}, which is no service here", node.line
            )


def _links(service: Service) -> Iterator[tuple[str, str, Node]]:
    for key in ("links", "volumes_from"):
        for file, links in service.each(key):
            for node in links.sequence:
                name = (node.scalar or "").partition(":")[0]
                if name and name != "container":
                    yield file, name, Node(line=node.line, tag="link" if key == "links" else "volume")


def _shared(service: Service) -> Iterator[tuple[str, str, Node]]:
    """Yield services whose network or processes it shares."""
    for key, kind in (("network_mode", "network"), ("pid", "process"), ("ipc", "process")):
        last = service.last(key)
        text = (last[1].scalar or "") if last else ""
        if last and text.startswith("service:"):
            yield last[0], text.removeprefix("service:"), Node(line=last[1].line, tag=kind)


def _declared(project: Project, service: Service, found: FoundInFiles) -> None:
    """Look whether networks, secrets and configs are declared."""
    for what in ("networks", "secrets", "configs"):
        known = frozenset({*project.declared(what), *(["default"] if what == "networks" else [])})
        for file, node in service.each(what):
            for name, line in _named(node):
                at = found.at(file)
                if what == "secrets":
                    at.add_secret(name, "compose-secret", line, service=service.name)
                if name not in known and "$" not in name and not has_template(name):
                    message = f"{service.name} uses the {what[:-1]} {name}, which is not declared"
                    at.problem("undeclared", message, line)


def _named(node: Node) -> Iterator[tuple[str, int]]:
    for each in node.sequence:
        name = each.scalar or each.string("source")
        if name:
            yield name, each.line
    for name in node.mapping:
        yield name, node.line_of(name)


def environment(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield name and value of variables, in either form."""
    yield from node.mapping.items()
    for each in node.sequence:
        name, equals, value = (each.scalar or "").partition("=")
        yield name, Node(line=each.line, text=value, is_plain=not equals)


def _environment(project: Project, service: Service, found: FoundInFiles) -> None:
    """Tell secrets among the variables by their names, and other services that values name."""
    for file, node in service.each("environment"):
        at = found.at(file)
        for name, value in environment(node):
            text = value.scalar
            named = judge(name.removesuffix("_FILE"))
            if named is not None and named.weight >= Weight.LIKELY:
                at.add_secret(
                    name, "file" if name.endswith("_FILE") else "environment", value.line, service=service.name
                )
            if not text:
                continue
            for match in _HOST.finditer(fill(text, project.values).text[:2000]):
                host = match["host"]
                if host in project.service_names and host != service.name and _is_host(text, name, host):
                    at.add_dependency(service.name, host, "environment", value.line)


def _is_host(text: str, name: str, host: str) -> bool:
    """Tell whether a value names a service as a place to connect to, not as a word that happens to be the same."""
    is_place = "://" in text or re.search(rf"{re.escape(host)}:\d", text) is not None or "@" in text
    return is_place or bool(re.search(r"(?:HOST|SERVER|ADDR|ADDRESS|URL|ENDPOINT|UPSTREAM|BROKER)\w*$", name.upper()))


def _environment_files(project: Project, service: Service, found: FoundInFiles) -> None:
    for file, node in service.each("env_file"):
        for each in node.sequence or (node,):
            text = fill(each.scalar or each.string("path") or "", project.values).text
            required = each.at("required")
            target = resolved(folder_of(file), text) if text and "$" not in text and not has_template(text) else None
            if target is None or project.sources.exists(target) or (required and required.is_false):
                continue
            example = example_of(project.sources, target)
            message = f"the environment file {text} of {service.name} is not in the repository"
            message += f"; {example} shows what belongs into it" if example else ""
            severity = Severity.NOTE if example else Severity.WARNING
            if found.at(file).is_first(f"environment file {target}"):
                found.at(file).problem("dead-reference", message, each.line, severity=severity)


def _build(project: Project, service: Service, found: FoundInFiles) -> None:
    last = service.last("build")
    if last is None:
        return
    file, node = last
    context = fill(node.scalar or node.string("context") or ".", project.values).text
    if "$" in context or any(mark in context for mark in _REMOTE) or has_template(context):
        return
    target = resolved(folder_of(file), context)
    if target is None:
        return
    at, line = found.at(file), node.line_of("context") if node.mapping else node.line
    if not project.sources.exists(target):
        at.problem("dead-reference", f"{service.name} is built from {context}, which is not there", line)
        return
    dockerfile = fill(node.string("dockerfile") or "", project.values).text
    path = resolved(target, dockerfile or "Dockerfile")
    if node.at("dockerfile_inline") or path is None or "$" in dockerfile:
        return
    others = ("Containerfile", "dockerfile") if not dockerfile else ()
    if not any(project.sources.exists(each) for each in (path, *(resolved(target, other) or "" for other in others))):
        message = f"{service.name} is built with {path}, which is not there"
        at.problem("dead-reference", message, line, severity=Severity.WARNING)
