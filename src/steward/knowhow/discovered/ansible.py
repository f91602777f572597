"""Hosts of an Ansible inventory, INI or YAML, with the variables that say how they are reached."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from steward.knowhow.declared.ansible_inventory import Host, Inventory, flat, from_ini, from_yaml
from steward.knowhow.declared.reader import YAML_ENDINGS, Sources, is_known
from steward.knowhow.outputs import dictionary
from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source
from steward.model.machine import Transport

_VARIABLES = ("group_vars/", "host_vars/")
_JUMP = re.compile(r"(?:-J\s*|-o\s*['\"]?ProxyJump[= ])(?P<jump>[^\s'\"]+)")
_WITH_PORT = re.compile(r"(?P<host>[^:\[\]]+):(?P<port>\d{1,5})")
_LABEL = "steward_labels"
_TRANSPORTS = {each.value: each for each in Transport}
_IMPLIED = frozenset({"all", "ungrouped"})
_DEEPEST = 12
_MOST_SCOPES = 64


class _Texts:
    """Gathered texts as a tree, for the reader of inventories."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def list(self) -> tuple[str, ...]:
        """Return every file."""
        return tuple(self._texts)

    def folders(self) -> frozenset[str]:
        """Return every folder."""
        return frozenset(path.rpartition("/")[0] for path in self._texts) | {""}

    def read(self, path: str) -> str | None:
        """Return the text of a file."""
        return self._texts.get(path)


def parse(gathered: Gathered) -> Discovered:
    """Return the hosts of every inventory file; later files add to earlier ones, as in a folder of Ansible's."""
    sources = Sources(_Texts(gathered.texts))
    machines: dict[str, Found] = {}
    left_out = list(gathered.left_out)
    for path in gathered.texts:
        if path.startswith(_VARIABLES):
            continue
        inventory = _inventory(sources, path)
        if inventory is None:
            left_out.append(LeftOut(what=path, why=_why_not(sources, path)))
            continue
        for host in inventory.hosts.values():
            if host.name in machines or len(machines) >= MOST_FOUND:
                continue
            found = _found(host, inventory, sources, path)
            if isinstance(found, Found):
                machines[host.name] = found
            else:
                left_out.append(found)
    return Discovered(machines=tuple(machines.values()), left_out=tuple(left_out))


def _inventory(sources: Sources, path: str) -> Inventory | None:
    """Read a file as YAML where it is that, else as lines."""
    text = sources.text(path) or ""
    is_yaml = path.endswith((*YAML_ENDINGS, ".json"))
    if is_yaml or not re.search(r"^\s*\[[^\]]+\]\s*$", text, re.MULTILINE):
        found = from_yaml(sources, path)
        if found is not None and (found.hosts or found.groups):
            return found
        if is_yaml:
            return None
    return from_ini(text)


def _why_not(sources: Sources, path: str) -> str:
    mistakes = sources.yaml(path).mistakes
    return f"line {mistakes[0][0]}: {mistakes[0][1]}" if mistakes else "it is no inventory"


def _found(host: Host, inventory: Inventory, sources: Sources, path: str) -> Found | LeftOut:
    match = _WITH_PORT.fullmatch(host.name)
    name = match["host"] if match else host.name
    groups = _groups_of(host.name, inventory)
    values = _variables(host, groups, inventory, sources)
    where = f"{path}:{host.line}"
    address = values.get("ansible_host", "") or values.get("ansible_ssh_host", "") or name
    transport = _transport(values)
    if transport is None:
        why = f"it is reached by `{values['ansible_connection'][:60]}`, which Steward does not know"
        return LeftOut(what=f"{name} ({where})", why=why)
    if not is_known(address) or not is_known(name):
        return LeftOut(what=f"{name} ({where})", why="its address is known only when a play runs")
    if transport is Transport.LOCAL or (address in {"localhost", "127.0.0.1"} and transport is Transport.SSH):
        return LeftOut(what=f"{name} ({where})", why="this box itself")
    port = values.get("ansible_port", "") or values.get("ansible_ssh_port", "") or (match["port"] if match else "")
    jump = _JUMP.search(values.get("ansible_ssh_common_args", "") or values.get("ansible_ssh_extra_args", ""))
    is_guest = "steward_via" in values
    return Found(
        name=name,
        transport=transport,
        address="" if is_guest else address,
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 22,
        user=values.get("ansible_user", "") or values.get("ansible_ssh_user", ""),
        identity_file=values.get("ansible_ssh_private_key_file", "") or values.get("ansible_private_key_file", ""),
        proxy_jump=jump["jump"] if jump else "",
        via=values.get("steward_via", ""),
        guest=values.get("steward_guest", ""),
        groups=tuple(sorted(set(groups) - _IMPLIED)),
        labels=_labels(values),
        where=where,
    )


def _transport(values: Mapping[str, str]) -> Transport | None:
    """Return how a host is reached; None for what Steward has no way for."""
    own = _TRANSPORTS.get(values.get("steward_transport", ""))
    if own is not None:
        return own
    connection = values.get("ansible_connection", "ssh").rpartition(".")[2]
    return {"ssh": Transport.SSH, "paramiko": Transport.SSH, "smart": Transport.SSH, "local": Transport.LOCAL}.get(
        connection
    )


def _groups_of(host: str, inventory: Inventory) -> list[str]:
    """Return the groups of a host, outermost first: what an inner one says of a variable holds."""
    found: list[str] = []
    level = {host}
    for _ in range(_DEEPEST):
        level = {name for name, members in inventory.groups.items() if members & level} - set(found)
        if not level:
            break
        found += sorted(level, reverse=True)
    return found[::-1][-_MOST_SCOPES:]


def _variables(host: Host, groups: list[str], inventory: Inventory, sources: Sources) -> dict[str, str]:
    """Merge variables in Ansible's order: `all`, groups from outside in, the host; files after the inventory."""
    values: dict[str, str] = {}
    scopes = ["all", *(group for group in groups if group != "all")]
    for scope in scopes:
        values |= inventory.variables.get(scope, {})
    for scope in scopes:
        values |= dict(_of_files(sources, "group_vars", scope))
    values |= host.variables
    values |= dict(_of_files(sources, "host_vars", host.name))
    return {
        name: value for name, value in values.items() if is_known(value) and name.startswith(("ansible_", "steward_"))
    }


def _of_files(sources: Sources, folder: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the variables of `FOLDER/NAME`, `FOLDER/NAME.yml` and the files of the folder of that name."""
    paths = (f"{folder}/{name}", f"{folder}/{name}.yml", f"{folder}/{name}.yaml", *sources.within(f"{folder}/{name}"))
    for path in paths:
        for document in sources.yaml(path).documents if sources.has(path) else ():
            yield from flat(document.mapping)


def _labels(values: Mapping[str, str]) -> dict[str, str]:
    """Return labels as `machines export` writes them."""
    found = {name.removeprefix(f"{_LABEL}."): value for name, value in values.items() if name.startswith(f"{_LABEL}.")}
    try:
        given = dictionary(json.loads(values.get(_LABEL, "{}")))
    except ValueError:
        given = {}
    return found | {str(name): str(value) for name, value in given.items()}


PLUGIN = Source(
    name="ansible",
    summary="Hosts of an Ansible inventory, a file or a folder, with the variables of hosts and groups beside it.",
    reach=Reach.LOCAL,
    parse=parse,
    is_asked_first=True,
)
