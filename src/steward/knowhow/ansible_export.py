"""The inventory as Ansible reads it: groups, how each machine is reached, labels as one variable.

What Ansible has no way for, a guest without SSH for example, is there with variables of Steward's own
(`steward_transport`, `steward_via`, `steward_guest`), which `machines discover ansible` reads back.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import yaml

from steward.model.machine import THROUGH_ANOTHER, Machine, Transport
from steward.model.workspace import Inventory

_DUMP = cast("Callable[..., str]", getattr(yaml, "safe_dump"))  # noqa: B009 - typed only in part
_DESTINATION = re.compile(r"(?:(?P<user>[^@\s]+)@)?(?P<host>[^:@\s]+)(?::(?P<port>\d{1,5}))?")
_IMPLIED = frozenset({"all", "ungrouped"})
_HEAD = "# Written by `steward machines export`. The inventory of Steward is the original: edit that one.\n"


def as_yaml(inventory: Inventory) -> str:
    """Write the inventory as YAML."""
    hosts = {machine.name: _variables(machine, inventory) for machine in inventory.machines}
    children = {
        group: {"hosts": {name: dict[str, str]() for name in names}} for group, names in _groups(inventory).items()
    }
    tree: dict[str, Any] = {"all": {"hosts": hosts} | ({"children": children} if children else {})}
    return _HEAD + _DUMP(tree, sort_keys=False, allow_unicode=True, width=1_000)


def as_ini(inventory: Inventory) -> str:
    """Write the inventory as lines, values quoted so that Ansible reads back exactly these texts."""
    lines = [_HEAD]
    for machine in inventory.machines:
        words = (_assigned(name, value) for name, value in _variables(machine, inventory).items())
        lines.append(" ".join((machine.name, *words)))
    for group, names in _groups(inventory).items():
        lines += ["", f"[{group}]", *names]
    return "\n".join(lines) + "\n"


def _groups(inventory: Inventory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for machine in inventory.machines:
        for group in dict.fromkeys(machine.groups):
            if group not in _IMPLIED:
                found.setdefault(group, []).append(machine.name)
    return found


def _variables(machine: Machine, inventory: Inventory) -> dict[str, Any]:
    return {name: value for name, value in _all_variables(machine, inventory) if value not in ("", None)}


def _all_variables(machine: Machine, inventory: Inventory) -> Iterator[tuple[str, Any]]:
    if machine.transport is Transport.LOCAL:
        yield "ansible_connection", "local"
    elif machine.transport is not Transport.SSH:
        yield "steward_transport", machine.transport.value
    if machine.transport in THROUGH_ANOTHER:
        yield from (("steward_via", machine.via), ("steward_guest", machine.guest))
    yield "ansible_host", machine.address if machine.address != machine.name else ""
    yield "ansible_port", machine.port if machine.port != 22 else None
    yield "ansible_user", machine.user
    yield "ansible_ssh_private_key_file", machine.identity_file
    if machine.proxy_jump:
        hops = ",".join(_hop(hop.strip(), inventory) for hop in machine.proxy_jump.split(","))
        yield "ansible_ssh_common_args", f"-o ProxyJump={shlex.quote(hops)}"
    yield "steward_labels", dict(machine.labels) if machine.labels else None


def _hop(hop: str, inventory: Inventory) -> str:
    """Write a jump host so that OpenSSH finds it, which knows no names of Steward's inventory."""
    match = _DESTINATION.fullmatch(hop)
    machine = inventory.find(match["host"]) if match else None
    if match is None or machine is None or machine.transport is not Transport.SSH:
        return hop
    user, port = match["user"] or machine.user, int(match["port"] or machine.port)
    host = f"[{machine.address}]" if ":" in machine.address else machine.address or machine.name
    return (f"{user}@" if user else "") + host + (f":{port}" if port != 22 else "")


def _assigned(name: str, value: object) -> str:
    """Write `name=value` for a line: first as Python reads it, which Ansible tries, then quoted for its words."""
    if isinstance(value, Mapping):
        said = json.dumps(value, ensure_ascii=False)
    else:
        said = str(value)
        said = repr(said) if isinstance(value, str) and _is_python(said) else said
    return f"{name}={shlex.quote(said)}"


def _is_python(text: str) -> bool:
    """Tell whether Ansible would read a text as a number, a list or another value of Python."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text != text.strip() or text.startswith(("'", '"'))
    return True
