"""Put a compose project together: base and override files, `include`, `extends`, environment files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from steward.knowhow.declared.environment_files import EXAMPLES, is_example, variables
from steward.knowhow.declared.reader import Sources, folder_of, is_yaml, name_of, resolved
from steward.lib.yaml_loose import Node

_NAMED = re.compile(r"(?:docker-|podman-)?compose(?:[._-][\w.-]+)?\.ya?ml", re.IGNORECASE)
_SUFFIXED = re.compile(r".*(?:docker-|[._-])compose\.ya?ml", re.IGNORECASE)
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_PIPELINES = {"jobs", "steps", "pipeline", "stages", "trigger", "matrix"}
_PIPELINE_FOLDERS = {".github", ".gitlab", ".forgejo", ".gitea", ".woodpecker", ".circleci"}
_STARTS = ("image", "build", "extends")
_DEEPEST = 12
_SHELL = ("HOME", "USER", "PWD", "HOSTNAME", "COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "COMPOSE_PROFILES")


def is_named(path: str) -> bool:
    """Tell whether a file is a compose file by its name, templates of one included."""
    name = name_of(path).removesuffix(".j2").removesuffix(".tmpl")
    return bool(_NAMED.fullmatch(name) or _SUFFIXED.fullmatch(name))


def document_of(sources: Sources, path: str) -> Node | None:
    """Return the compose document of a file, or None when it is something else."""
    if _PIPELINE_FOLDERS.intersection(path.split("/")):
        return None
    if "services" not in (sources.text(path) or ""):
        return None
    for document in sources.yaml(path).documents if is_yaml(path) else ():
        services = document.at("services")
        if services is None or services.entries is None or "apiVersion" in document.mapping:
            continue
        runs = [one for one in services.mapping.values() if any(key in one.mapping for key in _STARTS)]
        if is_named(path) or (runs and not _PIPELINES.intersection(document.mapping)):
            return document
    return None


def override_of(sources: Sources, path: str) -> str | None:
    """Return the file that Compose reads on top of this one without being told, or None."""
    stem, _, ending = path.rpartition(".")
    if name_of(path) not in _BASES:
        return None
    return next((f"{stem}.override.{e}" for e in (ending, "yml", "yaml") if sources.has(f"{stem}.override.{e}")), None)


def is_override(sources: Sources, path: str) -> bool:
    """Tell whether a file is read on top of another one."""
    match = re.fullmatch(r"(.*)\.override\.ya?ml", path)
    return bool(match) and any(
        override_of(sources, f"{match[1] if match else ''}.{e}") == path for e in ("yaml", "yml")
    )


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one file says of a service; later layers add to earlier ones and win."""

    file: str
    """File."""
    node: Node
    """The mapping."""


@dataclass(kw_only=True)
class Service:
    """A service with everything that files say of it."""

    name: str
    """Name."""
    file: str
    """File that names it."""
    line: int
    """Line of its name."""
    layers: list[Layer]
    """What is said, the last word last."""

    def last(self, key: str) -> tuple[str, Node] | None:
        """Return file and value of the last word on a key, or None."""
        found = self.each(key)
        return found[-1] if found else None

    def each(self, key: str) -> list[tuple[str, Node]]:
        """Return every value of a key that holds, with its file; `!reset` and `!override` end what was before."""
        found: list[tuple[str, Node]] = []
        for layer in self.layers:
            value = layer.node.mapping.get(key)
            if value is None:
                continue
            if value.tag in {"!reset", "!override"}:
                found.clear()
            if value.tag != "!reset" and not value.is_null:
                found.append((layer.file, value))
        return found

    def has(self, key: str) -> bool:
        """Tell whether anything is said on a key."""
        return bool(self.each(key))


@dataclass(kw_only=True)
class Dead:
    """Something that is named and not there."""

    file: str
    """File that names it."""
    line: int
    """Line."""
    message: str
    """What is missing."""


@dataclass(kw_only=True)
class Project:
    """A compose file with what belongs to it."""

    sources: Sources
    """The repository."""
    path: str
    """File that Compose is started with."""
    root: Node
    """Its document."""
    dead: list[Dead] = field(default_factory=list[Dead])
    """What is named and not there."""

    @property
    def folder(self) -> str:
        """Folder that relative paths start from."""
        return folder_of(self.path)

    @cached_property
    def layers(self) -> list[tuple[str, Node]]:
        """The documents of the project itself: the file, and the override on top of it."""
        override = override_of(self.sources, self.path)
        node = document_of(self.sources, override) if override else None
        return [(self.path, self.root), *([(override, node)] if override and node else [])]

    @cached_property
    def services(self) -> list[Service]:
        """Services of the project itself, those of included files apart."""
        found: dict[str, Service] = {}
        for file, document in self.layers:
            services = document.at("services")
            for name, node in services.mapping.items() if services else ():
                if name not in found:
                    line = services.line_of(name) if services else 1
                    found[name] = Service(name=name, file=file, line=line, layers=[])
                found[name].layers += self._extended(file, document, name, node, 0)
        return list(found.values())

    def _extended(self, file: str, document: Node, name: str, node: Node, depth: int) -> list[Layer]:
        """Return the layers of a service: what it extends comes first."""
        extends = node.at("extends")
        own = [Layer(file=file, node=node)]
        wanted = (extends.scalar or extends.string("service")) if extends else None
        if extends is None or wanted is None:
            return own
        other = extends.string("file")
        path, base = file, document
        if other is not None and "$" not in other:
            path = resolved(folder_of(file), other) or ""
            found = _first(self.sources, path) if self.sources.has(path) else None
            if found is None:
                self._is_dead(file, extends.line, f"{name} extends a service of {other}, which is not there")
                return own
            base = found
        elif other is not None:
            return own
        target = base.at("services", wanted)
        if target is None:
            self._is_dead(file, extends.line, f"{name} extends {wanted}, which {path} does not have")
            return own
        if depth >= _DEEPEST or target is node:
            self._is_dead(file, extends.line, f"{name} extends itself in a circle")
            return own
        return [*self._extended(path, base, wanted, target, depth + 1), *own]

    def _is_dead(self, file: str, line: int, message: str) -> None:
        if not any((one.file, one.line, one.message) == (file, line, message) for one in self.dead):
            self.dead.append(Dead(file=file, line=line, message=message))

    @cached_property
    def included(self) -> tuple[str, ...]:
        """Files that are included, directly or not."""
        found: list[str] = []
        waiting = [(self.path, self.root)]
        while waiting and len(found) < 500:
            file, document = waiting.pop(0)
            for line, path in _includes(document):
                if "$" in path or "://" in path or path.startswith("oci:"):
                    continue
                target = resolved(folder_of(file), path)
                if target is None or not self.sources.has(target):
                    self._is_dead(file, line, f"it includes {path}, which is not there")
                elif target not in found and target != self.path:
                    found.append(target)
                    node = _first(self.sources, target)
                    waiting += [(target, node)] if node else []
        return tuple(found)

    @cached_property
    def documents(self) -> list[tuple[str, Node]]:
        """Every document of the project with its file, included ones too."""
        more = [(path, node) for path in self.included if (node := _first(self.sources, path))]
        beside = self._beside_it if any(self.is_part(service) for service in self.services) else []
        return [*self.layers, *more, *beside]

    @cached_property
    def service_names(self) -> frozenset[str]:
        """Names of every service of the project, included ones too."""
        return frozenset(name for _, node in self.documents for name in node.map("services"))

    def is_part(self, service: Service) -> bool:
        """Tell whether a service only adds to one of another file, which `-f` puts below this one."""
        if any(service.has(key) for key in _STARTS):
            return False
        return service.name in self._started_beside

    @cached_property
    def _beside_it(self) -> list[tuple[str, Node]]:
        """Other compose documents of the folder."""
        own = {path for path, _ in self.layers}
        paths = [path for path in self.sources.within(self.folder) if path not in own]
        return [(path, node) for path in paths if (node := document_of(self.sources, path)) is not None]

    @cached_property
    def _started_beside(self) -> frozenset[str]:
        """Names of services that other compose files of the folder start."""
        services = [each for _, node in self._beside_it for each in node.map("services").items()]
        return frozenset(name for name, node in services if any(key in node.mapping for key in _STARTS))

    def declared(self, what: str) -> frozenset[str]:
        """Return names declared at the top level: networks, volumes, secrets, configs, models."""
        return frozenset(name for _, node in self.documents for name in node.map(what))

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Variables with their values, as Compose finds them without being told more."""
        text = self.sources.text(self._beside(".env")) if self.sources.has(self._beside(".env")) else None
        return {name: value for name, (value, _) in variables(text or "").items()}

    @cached_property
    def given(self) -> frozenset[str]:
        """Names of variables that some environment file of the project gives."""
        names = {*_SHELL, *self.values}
        for path in self._environment_files():
            names.update(variables(self.sources.text(path) or ""))
        return frozenset(names)

    @cached_property
    def shown(self) -> Mapping[str, str]:
        """Names of variables that only an example, or an environment file further up, gives; with that file."""
        found: dict[str, str] = {}
        folders = _upwards(self.folder)
        for path in (path for folder in folders for path in self.sources.within(folder)):
            name = name_of(path).lower()
            is_near = "env" in name and not name.endswith((".yml", ".yaml", ".envrc"))
            if is_near and (is_example(path) or folder_of(path) != self.folder):
                for variable in variables(self.sources.text(path) or ""):
                    found.setdefault(variable, path)
        return found

    def _environment_files(self) -> Iterator[str]:
        for path in self.sources.within(self.folder):
            name = name_of(path).lower()
            is_one = name.startswith(".env") or name.endswith((".env", "stack.env")) or name == "env"
            if is_one and not name.endswith((*EXAMPLES, ".envrc")):
                yield path
        for service in self.services:
            for file, node in service.each("env_file"):
                for each in node.sequence or (node,):
                    text = each.scalar or each.string("path")
                    target = resolved(folder_of(file), text) if text else None
                    if target and self.sources.has(target):
                        yield target

    def _beside(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name


def _first(sources: Sources, path: str) -> Node | None:
    return next((node for node in sources.yaml(path).documents if node.entries is not None), None)


def _upwards(folder: str) -> list[str]:
    """Return a folder and those around it, the nearest first."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]


def _includes(document: Node) -> Iterator[tuple[int, str]]:
    for entry in document.list("include"):
        paths = entry.at("path")
        for node in (entry,) if entry.scalar else (paths.sequence or (paths,)) if paths else ():
            if node.scalar:
                yield node.line, node.scalar
