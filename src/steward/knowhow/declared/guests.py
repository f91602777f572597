"""Machines that files name in other ways: Proxmox guests, Talos nodes, SSH hosts, Vagrant boxes, k3d clusters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.reader import YAML_ENDINGS, Reader, Sources, is_known, name_of
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration

_PROXMOX = re.compile(r"(?:^|/)(?P<kind>qemu-server|lxc)/(?P<id>\d{3,9})\.conf$")
_SETTING = re.compile(r"^(?P<key>[a-z]+\d*):\s*(?P<value>.*)$")
_GUEST_ADDRESS = re.compile(r"\bip=(\d+\.\d+\.\d+\.\d+)")
_SSH_HOST = re.compile(r"^[ \t]*Host[ \t=]+(?P<names>.+)$", re.IGNORECASE)
_SSH_ADDRESS = re.compile(r"^[ \t]*HostName[ \t=]+(?P<address>\S+)", re.IGNORECASE)
_BOX = re.compile(r"\.vm\.define\s*\(?\s*[:'\"](?P<name>[\w.-]+)")
_BOX_NAME = re.compile(r"\.vm\.hostname\s*=\s*['\"](?P<name>[\w.-]+)['\"]")
_NODE = re.compile(r"(?:^|/)etc/pve/nodes/(?P<node>[^/]+)/")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file one of the formats can be in."""
    for path in sources.paths:
        if _reader_of(sources, path) is not None:
            yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return the machines a file names."""
    found = Found(path)
    reader = _reader_of(sources, path)
    if reader is not None:
        reader(sources, found)
    return found.declaration()


def _reader_of(sources: Sources, path: str) -> Callable[[Sources, Found], None] | None:
    name = name_of(path)
    if _PROXMOX.search(path):
        return _proxmox
    if name in {"ssh_config", "ssh.conf"} or (name == "config" and ".ssh" in path.split("/")):
        return _ssh
    if name.startswith("Vagrantfile"):
        return _vagrant
    if path.endswith(YAML_ENDINGS):
        text = sources.text(path) or ""
        is_talos = "talosVersion" in text or "controlPlane" in text or ("machine:" in text and "cluster:" in text)
        if is_talos or "HostnameConfig" in text:
            return _talos
    return None


def _proxmox(sources: Sources, found: Found) -> None:
    """Read the configuration of a guest; what follows a `[snapshot]` is not now."""
    match = _PROXMOX.search(found.file)
    if match is None:
        return
    name, line, address = match["id"], 1, ""
    for number, text in enumerate((sources.text(found.file) or "").split("\n"), start=1):
        if text.startswith("["):
            break
        setting = _SETTING.match(text)
        if setting and setting["key"] in {"name", "hostname"}:
            name, line = setting["value"].strip(), number
        elif setting and setting["key"].startswith(("net", "ipconfig")):
            given = _GUEST_ADDRESS.search(setting["value"])
            address = given[1] if given and not address else address
    found.add_machine(name, "proxmox-vm" if match["kind"] == "qemu-server" else "proxmox-lxc", line, address=address)
    node = _NODE.search(found.file)
    if node:
        found.add_dependency(name, node["node"], "node", line)


def _ssh(sources: Sources, found: Found) -> None:
    hosts: list[tuple[str, int]] = []
    for number, line in enumerate((sources.text(found.file) or "").split("\n"), start=1):
        if match := _SSH_HOST.match(line):
            for name, at in hosts:
                found.add_machine(name, "ssh", at)
            names = match["names"].split("#")[0].split()
            hosts = [(name.strip('"'), number) for name in names if not set("*?!") & set(name)]
        elif match := _SSH_ADDRESS.match(line):
            for name, at in hosts:
                address = match["address"] if "%" not in match["address"] else ""
                if name not in {"github.com", "gitlab.com", "codeberg.org"}:
                    found.add_machine(name, "ssh", at, address=address)
            hosts = []
    for name, at in hosts:
        found.add_machine(name, "ssh", at)


def _vagrant(sources: Sources, found: Found) -> None:
    lines = (sources.text(found.file) or "").split("\n")
    for pattern in (_BOX, _BOX_NAME):
        for number, line in enumerate(lines, start=1):
            match = pattern.search(line) if not line.lstrip().startswith("#") else None
            if match:
                found.add_machine(match["name"], "vagrant", number)
        if found.machines:
            return


def _talos(sources: Sources, found: Found) -> None:
    for document in sources.yaml(found.file).documents:
        for node in document.list("nodes"):
            name = node.string("hostname") or node.string("name")
            address = node.string("ipAddress") or node.string("address") or ""
            is_node = (
                "talosVersion" in document.mapping or "controlPlane" in node.mapping or "installDisk" in node.mapping
            )
            if name and is_known(name) and is_node:
                line = node.line_of("hostname") if "hostname" in node.mapping else node.line_of("name")
                found.add_machine(name, "talos", line, address=address.partition(",")[0] if is_known(address) else "")
        _machine_configuration(document, found)


def _machine_configuration(document: Node, found: Found) -> None:
    """Read a machine configuration itself, in the old form and the new."""
    network = document.at("machine", "network")
    name = network.string("hostname") if network else None
    if network and name and is_known(name):
        found.add_machine(name, "talos", network.line_of("hostname"))
    if document.string("kind") == "HostnameConfig" and (name := document.string("hostname")) and is_known(name):
        found.add_machine(name, "talos", document.line_of("hostname"))


PLUGIN = Reader(
    name="guests", summary="Proxmox guests, Talos nodes, SSH hosts, Vagrant boxes", claims=claims, read=read
)
