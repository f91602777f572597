"""Which machines a repository of Nix describes, and which files each of them takes in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.nix_text import assignments
from steward.knowhow.declared.reader import Sources, folder_of, resolved

_OUTPUTS = {"nixosConfigurations": "nixos", "darwinConfigurations": "darwin"}
_NODES = {("deploy", "nodes"), ("colmena",)}
_HOST_FOLDER = re.compile(
    r"^(?:.*/)?(?:hosts|machines|systems|nodes|nixosConfigurations)/(?:(?:x86_64|aarch64)-\w+/)?(?P<name>[^/]+)/"
    r"(?:default|configuration|system|host)\.nix$"
)
_NOT_MACHINES = {"common", "shared", "default", "modules", "profiles", "base", "templates", "lib", "nixos", "darwin"}
_MOST_FILES = 5000


def machines(sources: Sources) -> dict[str, tuple[str, int, str]]:
    """Return file, line and kind of every machine by its name."""
    found: dict[str, tuple[str, int, str]] = {}
    for path in _nix(sources):
        match = _HOST_FOLDER.match(path)
        if match and match["name"] not in _NOT_MACHINES:
            kind = "darwin" if "darwin" in path else "nixos"
            found.setdefault(match["name"], (path, 1, kind))
    for path in _nix(sources):
        text = sources.text(path) or ""
        if not any(word in text for word in (*_OUTPUTS, "colmena", "deploy.nodes", "nodes", "hostName")):
            continue
        for each in sources.of(path, assignments):
            named = _named(each.path)
            if named:
                _add(found, named[0], (path, each.line, named[1]))
            elif each.path[-2:] == ("networking", "hostName") and each.string and "${" not in each.string:
                _add(found, each.string, (path, each.line, "nixos"))
    return found


def _add(found: dict[str, tuple[str, int, str]], name: str, place: tuple[str, int, str]) -> None:
    """Add a machine, and take the line that names it for one known by its folder only."""
    if name not in found or (found[name][0] == place[0] and found[name][1] == 1):
        found[name] = place


def _named(path: tuple[str, ...]) -> tuple[str, str] | None:
    """Return name and kind of the machine that an output of a flake is, where this is its own assignment."""
    for place, part in enumerate(path):
        if part in _OUTPUTS and place + 2 == len(path):
            return (path[-1], _OUTPUTS[part]) if path[-1] != "*" else None
    if path[:2] == ("deploy", "nodes") and len(path) == 3 and path[2] != "*":
        return path[2], "nixos"
    if "colmena" in path[:-1] and path.index("colmena") + 2 == len(path) and path[-1] not in {"meta", "defaults", "*"}:
        return path[-1], "nixos"
    return None


def machines_of_files(sources: Sources) -> dict[str, frozenset[str]]:
    """Return for every file of Nix the machines that take it in, directly or through others."""
    named = {path: _named_files(sources, path) for path in _nix(sources)}
    found: dict[str, set[str]] = {}
    for name in machines(sources):
        for path in _reached(sources, name, named):
            found.setdefault(path, set()).add(name)
    return {path: frozenset(names) for path, names in found.items()}


def _reached(sources: Sources, name: str, named: dict[str, frozenset[str]]) -> Iterator[str]:
    waiting = list(_roots(sources, name))
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_FILES:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(named.get(path, ()))
    yield from seen


def _roots(sources: Sources, name: str) -> Iterator[str]:
    """Yield files a machine begins with: those of its folder, and those its output names."""
    file, _, _ = sources.once(machines)[name]
    if not file.endswith("flake.nix"):
        yield file
    for path in _nix(sources):
        match = _HOST_FOLDER.match(path)
        if match and match["name"] == name:
            yield path
    yield from sources.once(_outputs).get(name, ())


def _outputs(sources: Sources) -> dict[str, set[str]]:
    """Return files that the outputs of flakes name, by machine."""
    found: dict[str, set[str]] = {}
    for path in _nix(sources):
        if not any(word in (sources.text(path) or "") for word in (*_OUTPUTS, "colmena", "deploy.nodes")):
            continue
        for each in sources.of(path, assignments):
            named = _named(each.path)
            if named:
                targets = (_file(sources, path, text) for text, _ in each.paths())
                found.setdefault(named[0], set()).update(target for target in targets if target)
    return found


def _named_files(sources: Sources, path: str) -> frozenset[str]:
    """Return files that the imports of a file name."""
    return frozenset(
        target
        for each in sources.of(path, assignments)
        if each.path[-1] in {"imports", "modules"}
        for text, _ in each.paths()
        if (target := _file(sources, path, text))
    )


def _file(sources: Sources, path: str, text: str) -> str | None:
    target = resolved(folder_of(path), text)
    if target is None:
        return None
    return next((each for each in (target, f"{target}/default.nix", f"{target}.nix") if sources.has(each)), None)


def _nix(sources: Sources) -> tuple[str, ...]:
    return tuple(path for path in sources.paths if path.endswith(".nix"))
