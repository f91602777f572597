"""Terraform and OpenTofu: guests, containers, charts, what they name that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.found import Found
from steward.knowhow.declared.hcl import Block, parse
from steward.knowhow.declared.images import pinned
from steward.knowhow.declared.mounts import holds_data, is_runtime_socket
from steward.knowhow.declared.reader import Reader, Sources, folder_of, resolved
from steward.model.declared import Declaration, PortClaim

_GUESTS = {
    "proxmox_vm_qemu": "proxmox-vm",
    "proxmox_virtual_environment_vm": "proxmox-vm",
    "proxmox_lxc": "proxmox-lxc",
    "proxmox_virtual_environment_container": "proxmox-lxc",
    "libvirt_domain": "libvirt-vm",
    "vsphere_virtual_machine": "vsphere-vm",
    "hcloud_server": "cloud-server",
    "digitalocean_droplet": "cloud-server",
    "linode_instance": "cloud-server",
    "vultr_instance": "cloud-server",
    "oci_core_instance": "cloud-server",
    "aws_instance": "cloud-server",
    "google_compute_instance": "cloud-server",
    "azurerm_linux_virtual_machine": "cloud-server",
    "incus_instance": "incus",
    "lxd_instance": "incus",
    "lxd_container": "incus",
    "multipass_instance": "multipass",
    "xenorchestra_vm": "xen-vm",
    "maas_machine": "maas",
}
_NAMES = ("name", "hostname", "target_name", "display_name")
_REFERENCE = re.compile(r"^(?:var|local|module|data|each|count|path|self)\.|\$\{|^docker_image\.")
_IMAGE = re.compile(r"docker_image\.(?P<name>[\w-]+)")


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file of Terraform or OpenTofu."""
    return (path for path in sources.paths if path.endswith((".tf", ".tofu")))


def read(sources: Sources, path: str) -> Declaration:
    """Return what a file creates."""
    found = Found(path, project=folder_of(path) or path)
    root = parse(sources.text(path) or "")
    resources = [block for block in root.of("resource") if len(block.labels) > 1]
    images = {block.labels[1]: block for block in resources if block.labels[0] == "docker_image"}
    for block in resources:
        _resource(block, images, found)
    for block in root.of("variable"):
        if block.value("sensitive") == "true" and block.labels:
            found.add_secret(block.labels[0], "variable", block.line)
    for block in root.of("module"):
        _module(sources, block, found)
    return found.declaration()


def _resource(block: Block, images: dict[str, Block], found: Found) -> None:
    kind, name = block.labels[0], block.labels[1]
    if kind in _GUESTS:
        found.add_machine(_name(block, name), _GUESTS[kind], block.line, address=_address(block))
    elif kind == "docker_container":
        _container(block, _name(block, name), images, found)
    elif kind == "helm_release":
        _release(block, _name(block, name), found)
    elif kind in {"kubernetes_secret", "kubernetes_secret_v1"}:
        for metadata in block.of("metadata"):
            found.add_secret(metadata.value("name") or name, "kubernetes-secret", block.line)


def _name(block: Block, fallback: str) -> str:
    given = next((value for key in _NAMES if (value := block.value(key))), None)
    if given is None:
        hosts = (inner.value("hostname") for inner in block.of("initialization"))
        given = next((each for each in hosts if each), None)
    return fallback if given is None or _REFERENCE.search(given) else given


def _address(block: Block) -> str:
    for inner in (block, *block.within("ipv4", "network_interface", "network")):
        for key in ("address", "ip", "ip_address"):
            value = inner.value(key) or ""
            if re.match(r"\d+\.\d+\.\d+\.\d+", value):
                return value.partition("/")[0]
    return ""


def _container(block: Block, name: str, images: dict[str, Block], found: Found) -> None:
    text = block.value("image") or ""
    match = _IMAGE.search(text)
    if match and match["name"] in images:
        text = images[match["name"]].value("name") or ""
    image = text if text and not _REFERENCE.search(text) else None
    found.add_service(name, "terraform-container", block.line, image=image)
    if image:
        found.add_image(image, name, block.line_of("image"), pinned=pinned(image))
    for port in block.of("ports"):
        external = port.value("external") or ""
        if external.isdigit() and 0 < int(external) < 65536:
            found.add_port(
                PortClaim(
                    port=int(external),
                    last_port=int(external),
                    service=name,
                    line=port.line,
                    protocol=port.value("protocol") or "tcp",
                    address=port.value("ip") or "",
                    kind="terraform-container",
                )
            )
    for volume in block.of("volumes", "mounts"):
        source = volume.value("host_path") or volume.value("volume_name") or volume.value("source") or ""
        if not source:
            continue
        kind = "bind" if source.startswith("/") else "named"
        is_data = holds_data(source, is_read_only=volume.value("read_only") == "true")
        target = volume.value("container_path") or volume.value("target") or ""
        found.add_volume(source, kind, volume.line, service=name, target=target, holds_data=is_data)
        if is_runtime_socket(source):
            found.problem("docker-socket", f"{name} can use {source}", volume.line)
    _state(block, name, found)


def _state(block: Block, name: str, found: Found) -> None:
    if block.value("privileged") == "true":
        found.problem("privileged", f"{name} is privileged", block.line_of("privileged"))
    if block.value("network_mode") == "host":
        found.problem("host-network", f"{name} shares the network of its machine", block.line_of("network_mode"))
    if not block.value("restart"):
        found.problem("no-restart-policy", f"{name} has no restart policy", block.line)
    if not any(block.of("healthcheck")):
        found.problem("no-healthcheck", f"{name} has no health check", block.line)


def _release(block: Block, name: str, found: Found) -> None:
    found.add_service(name, "helm-release", block.line)
    chart = block.value("chart") or ""
    if not block.value("version") and not chart.startswith((".", "${path")):
        found.problem("unpinned-chart", f"{name}: the chart has no version", block.line)


def _module(sources: Sources, block: Block, found: Found) -> None:
    source = block.value("source") or ""
    target = resolved(folder_of(found.file), source) if source.startswith(".") else None
    if target is not None and not sources.exists(target):
        found.problem("dead-reference", f"it takes the module {source}, which is not there", block.line_of("source"))


PLUGIN = Reader(name="terraform", summary="Terraform and OpenTofu", claims=claims, read=read)
