"""Inventories of Ansible, INI and YAML, with `host_vars`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.reader import YAML_ENDINGS, Reader, Sources, folder_of, is_known, name_of
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration

_FOLDERS = {"inventory", "inventories"}
_STEMS = re.compile(r"(?:hosts|inventory|inventory[-_.]\w+|hosts[-_.]\w+)$", re.IGNORECASE)
_SECTION = re.compile(r"\[(?P<group>[^\]:]+)(?::(?P<what>\w+))?\]")
_HOST = re.compile(r"(?P<name>[A-Za-z0-9_][\w.:\[\]-]*)(?P<rest>(?:\s+[\w.]+\s*=.*)?)\s*(?:#.*)?$")
_RANGE = re.compile(r"\[(?P<first>\w+):(?P<last>\w+)(?::(?P<step>\d+))?\]")
_ADDRESS = re.compile(r"ansible_(?:ssh_)?host\s*=\s*['\"]?([^\s'\"]+)")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_MOST_HOSTS = 512
_DEEPEST = 12


@dataclass(frozen=True, kw_only=True)
class Host:
    """A host of an inventory."""

    name: str
    """Name."""
    line: int
    """Line."""
    address: str = ""
    """Address, or an empty text."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables given in its own line or entry; those within a mapping as `name.key`."""


@dataclass(kw_only=True)
class Inventory:
    """Hosts and groups of one inventory."""

    hosts: dict[str, Host] = field(default_factory=dict[str, Host])
    """Hosts by name."""
    groups: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Direct members of groups: hosts and other groups."""
    variables: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """Variables of groups."""

    def members(self, pattern: str) -> frozenset[str]:
        """Return hosts that a pattern of a play means; of wildcards only `all`."""
        found: set[str] = set()
        for part in re.split(r"[,:]", pattern):
            name = part.strip()
            if name in {"all", "*"}:
                found |= set(self.hosts)
            elif name.startswith("!"):
                found -= self._within(name[1:], 0)
            elif name.startswith("&"):
                found &= self._within(name[1:], 0)
            else:
                found |= self._within(name, 0)
        return frozenset(found)

    def _within(self, name: str, depth: int) -> set[str]:
        found = {name} if name in self.hosts else set[str]()
        for member in self.groups.get(name, ()) if depth < _DEEPEST else ():
            found |= self._within(member, depth + 1) if member != name else {member} & set(self.hosts)
        return found


def inventories(sources: Sources) -> dict[str, Inventory]:
    """Return every inventory by its file."""
    found: dict[str, Inventory] = {}
    for path in sources.paths:
        kind = _kind(sources, path)
        if kind:
            inventory = from_yaml(sources, path) if kind == "yaml" else from_ini(sources.text(path) or "")
            if inventory is not None and (inventory.hosts or inventory.groups):
                found[path] = inventory
    return found


def _kind(sources: Sources, path: str) -> str:
    """Tell whether a file can be an inventory, by its place and name, and which kind."""
    name, parts = name_of(path), set(path.split("/")[:-1])
    if parts & {"group_vars", "host_vars", "roles", "templates", "docs", ".github"}:
        return ""
    stem, _, ending = name.rpartition(".")
    is_near = bool(_FOLDERS & parts)
    is_named = bool(_STEMS.match(stem or name))
    if path.endswith(YAML_ENDINGS):
        return "yaml" if is_near or is_named else ""
    if (
        ending == "ini"
        or "." not in name
        or (is_named and ending not in {"j2", "md", "json", "conf", "nix", "tf", "py"})
    ):
        is_one = is_near or is_named or ending == "ini"
        return "ini" if is_one and _looks_like_ini(sources.text(path) or "") else ""
    return ""


def _looks_like_ini(text: str) -> bool:
    """Tell whether sections hold lines of hosts and not settings."""
    hosts, settings, what = 0, 0, ""
    for line in text.split("\n")[:400]:
        section = _SECTION.match(line.strip())
        if section:
            what = section["what"] or "hosts"
        elif line.strip() and not line.lstrip().startswith(("#", ";")) and what in {"hosts", ""}:
            is_setting = re.match(r"\s*[\w.-]+\s*[=:]\s", line) or re.match(r"\s*[\w.-]+=", line)
            hosts, settings = hosts + (not is_setting), settings + bool(is_setting)
    return hosts > 0 and settings == 0 and (what != "" or hosts < 100)


def from_ini(text: str) -> Inventory:
    """Read an inventory of lines."""
    inventory, group, what = Inventory(), "ungrouped", "hosts"
    for number, line in enumerate(text.split("\n"), start=1):
        plain = line.strip()
        if not plain or plain.startswith(("#", ";")):
            continue
        section = _SECTION.match(plain)
        if section:
            group, what = section["group"].strip(), section["what"] or "hosts"
            inventory.groups.setdefault(group, set())
        elif what == "children":
            inventory.groups.setdefault(group, set()).add(plain.split()[0])
        elif what == "vars":
            name, _, value = plain.partition("=")
            inventory.variables.setdefault(group, {})[name.strip()] = _bare(value.strip())
        elif what == "hosts" and (match := _HOST.match(plain)):
            address = _ADDRESS.search(match["rest"])
            variables = dict(_assigned(match["rest"]))
            for name in _expanded(match["name"]):
                host = Host(name=name, line=number, address=address[1] if address else "", variables=variables)
                _enter(inventory, group, host)
    return inventory


def _enter(inventory: Inventory, group: str, host: Host) -> None:
    """Add a host to a group; what an earlier entry said of it holds where this one is silent."""
    before = inventory.hosts.get(host.name)
    if before is None or host.address:
        inventory.hosts[host.name] = host
    if before is not None:
        merged = {**before.variables, **host.variables}
        inventory.hosts[host.name] = replace(inventory.hosts[host.name], variables=merged)
    inventory.groups.setdefault(group, set()).add(host.name)


def _assigned(rest: str) -> Iterator[tuple[str, str]]:
    """Yield the variables of a line, quotes of the shell taken off as Ansible does."""
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:  # a quote that is never closed
        words = rest.split()
    for word in words:
        name, found, value = word.partition("=")
        if found:
            yield name, _bare(value)


def _bare(value: str) -> str:
    """Take the quotes off a text that Ansible would read as one of Python."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value


def _expanded(name: str) -> Iterator[str]:
    """Yield every host of `web[01:10]`."""
    match = _RANGE.search(name)
    if match is None:
        yield name
        return
    first, last = match["first"], match["last"]
    if first.isdigit() and last.isdigit() and len(first) < 6 and len(last) < 6:
        values = [
            str(each).zfill(len(first)) for each in range(int(first), int(last) + 1, int(match["step"] or 1) or 1)
        ]
    elif len(first) == len(last) == 1:
        values = [chr(code) for code in range(ord(first), ord(last) + 1)]
    else:
        values = []
    for value in values[:_MOST_HOSTS]:
        yield name[: match.start()] + value + name[match.end() :]


def from_yaml(sources: Sources, path: str) -> Inventory | None:
    """Read an inventory of YAML; None when the file is something else."""
    inventory = Inventory()
    for document in sources.yaml(path).documents:
        groups = document.mapping
        is_one = bool(groups) and all(
            node.is_null or (node.mapping and set(node.mapping) <= {"hosts", "children", "vars"})
            for node in groups.values()
        )
        if not is_one or not any(node.mapping for node in groups.values()):
            return None
        for name, node in groups.items():
            _group(inventory, name, node, 0)
    return inventory


def _group(inventory: Inventory, name: str, node: Node, depth: int) -> None:
    members = inventory.groups.setdefault(name, set())
    inventory.variables.setdefault(name, {}).update(flat(node.map("vars")))
    hosts = node.at("hosts")
    for host, about in hosts.mapping.items() if hosts else ():
        address = about.string("ansible_host") or ""
        variables = dict(flat(about.mapping))
        line = hosts.line_of(host) if hosts else node.line
        for each in _expanded(host):
            known = address if is_known(address) else ""
            _enter(inventory, name, Host(name=each, line=line, address=known, variables=variables))
    for child, about in node.map("children").items():
        members.add(child)
        if depth < _DEEPEST:
            _group(inventory, child, about, depth + 1)


def flat(variables: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """Yield variables that are plain values, and those of mappings one level down as `name.key`."""
    for name, node in variables.items():
        if node.scalar is not None and not node.tag:
            yield name, node.text
        for key, inner in node.mapping.items():
            if inner.scalar is not None and not inner.tag:
                yield f"{name}.{key}", inner.text


def claims(sources: Sources) -> Iterator[str]:
    """Yield every inventory, and files of hosts that no inventory names."""
    known = sources.once(inventories)
    yield from known
    names = {name for inventory in known.values() for name in (*inventory.hosts, *inventory.groups)}
    for path in sources.paths:
        host = _host_of(path)
        if host and host not in names:
            yield path


def _host_of(path: str) -> str:
    """Return the host whose variables a file in `host_vars` holds."""
    parts = path.split("/")
    if "host_vars" not in parts[:-1]:
        return ""
    name = parts[parts.index("host_vars") + 1]
    return name.removesuffix(".yml").removesuffix(".yaml")


def read(sources: Sources, path: str) -> Declaration:
    """Return the machines of an inventory, or the one whose variables a file holds."""
    found = Found(path)
    host = _host_of(path)
    if host:
        first = next(each for each in sources.paths if _host_of(each) == host)
        if first == path and host not in _LOCAL and host != "all":
            found.add_machine(host, "ansible", 1, address=_address(sources, path))
        return found.declaration()
    for each in sources.once(inventories)[path].hosts.values():
        if each.name not in _LOCAL and is_known(each.name):
            address = each.address or _address_of(sources, folder_of(path), each.name)
            found.add_machine(each.name, "ansible", each.line, address=address)
    return found.declaration()


def _address_of(sources: Sources, folder: str, host: str) -> str:
    place = f"{folder}/host_vars" if folder else "host_vars"
    names = (f"{place}/{host}.yml", f"{place}/{host}.yaml", *sources.within(f"{place}/{host}"))
    for path in names:
        if sources.has(path) and (address := _address(sources, path)):
            return address
    return ""


def _address(sources: Sources, path: str) -> str:
    if not path.endswith(YAML_ENDINGS):
        return ""
    for document in sources.yaml(path).documents:
        address = document.string("ansible_host")
        if address and is_known(address):
            return address
    return ""


PLUGIN = Reader(name="ansible-inventory", summary="Inventories of Ansible", claims=claims, read=read)
