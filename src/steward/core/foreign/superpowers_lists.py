"""Hosts and profiles of claude-superpowers: machines a person may add, and who is told, which is only listed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.core.foreign.imported import Findings, ProposedMachine
from steward.core.foreign.names import dashed
from steward.lib.shell import join
from steward.lib.yaml_loose import Node

_ADDRESS = re.compile(r"(?!-)[A-Za-z0-9_.:%-]{1,250}")
_WORD = re.compile(r"(?!-)[^\s\x00-\x1f\x7f]{1,250}")
_SAME = ["alias", "hostname", "port", "username", "auth", "key_file", "groups"]


def is_hosts(root: Node) -> bool:
    """Tell whether a document is a list of hosts."""
    hosts = root.list("hosts")
    return any(_is_host(host) for host in hosts)


def _is_host(host: Node) -> bool:
    return bool(host.string("alias") and host.string("hostname"))


def read_hosts(root: Node, file: str, findings: Findings) -> None:
    """Propose a line for each host; nothing is added."""
    for name in root.mapping:
        if name != "hosts":
            findings.unmapped(file, root.line_of(name), f"field {name} of the file", "Steward does not know it")
    for host in root.list("hosts"):
        if not _is_host(host):
            findings.unmapped(file, host.line, "a host", "it has no `alias` or no `hostname`")
            continue
        alias, address = host.string("alias") or "", host.string("hostname") or ""
        what = f"host {alias}"
        words = list(_options(host))
        if not _ADDRESS.fullmatch(address) or not all(_WORD.fullmatch(word) for word in words if word[:2] != "--"):
            findings.unmapped(file, host.line, what, "its address, user or key cannot be used in an inventory")
            continue
        _tell_rest(host, file, what, findings)
        name = dashed(alias, "machine")
        line = join(("steward", "machines", "add", name, address, *words))
        source = f"{findings.shown(file)}:{host.line}"
        findings.machines.append(ProposedMachine(name=name, line=findings.known.masked(line), source=source))
        findings.mapped(file, host.line, what, f"a machine to add: {name}")


def _tell_rest(host: Node, file: str, what: str, findings: Findings) -> None:
    """Tell what of a host the line to type leaves out."""
    if (host.string("auth") or "key") == "password":
        why = "Steward logs in with keys only; the line leaves the password out"
        findings.unmapped(file, host.line_of("auth"), f"auth of {what}", why)
    if (port := host.string("port")) and not _is_port(port):
        findings.unmapped(file, host.line_of("port"), f"port {port} of {what}", "it is no number from 1 to 65535")
    for group in host.several("groups"):
        if not group.text or group.text == "all":
            why = "every machine can be meant without a group" if group.text else "a group is a name"
            findings.unmapped(file, group.line, f"group {group.text} of {what}", why)
    for name in host.mapping:
        if name not in _SAME:
            findings.unmapped(file, host.line_of(name), f"{name} of {what}", "the inventory has no such field")


def _options(host: Node) -> Iterator[str]:
    port = host.string("port") or ""
    options = [("--user", host.string("username") or "")]
    options += [("--port", port if _is_port(port) and port != "22" else "")]
    options += [("--identity-file", host.string("key_file") or "")]
    for option, value in options:
        if value:
            yield from (option, value)
    for group in host.several("groups"):
        if group.text and group.text != "all":
            yield from ("--groups", dashed(group.text, "group"))


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65_536


def is_profiles(root: Node) -> bool:
    """Tell whether a document names who is told."""
    lists = [value.sequence for value in (root.at("profiles") or root).mapping.values()]
    return any(each.string("channel") and each.at("target") for some in lists for each in some)


def read_profiles(root: Node, file: str, findings: Findings) -> None:
    """List who was told; who Steward tells is set elsewhere."""
    inner = root.at("profiles") or root
    for name in root.mapping if inner is not root else ():
        if name != "profiles":
            findings.unmapped(file, root.line_of(name), f"profile {name}", "it stands beside the list of profiles")
    for name, entries in inner.mapping.items():
        channels = ", ".join(filter(None, (entry.string("channel") for entry in entries.sequence)))
        why = f"who is told{f' ({channels})' if channels else ''} is set for all of Steward, not by profiles"
        findings.unmapped(file, inner.line_of(name), f"profile {name}", why)
