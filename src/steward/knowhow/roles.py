"""What a machine is there for, told from its facts: the strongest sign of each role, in words."""

from __future__ import annotations

from collections.abc import Callable

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.hardware import PLUGIN as HARDWARE
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.lib.text import plural
from steward.model.capability import Role, RoleShown
from steward.model.fact import Snapshot

_HYPERVISORS = (
    *(("pvedaemon.service", "Proxmox VE"), ("libvirtd.service", "libvirt"), ("libvirtd.socket", "libvirt")),
    *(("virtqemud.service", "libvirt"), ("virtqemud.socket", "libvirt"), ("incus.service", "Incus")),
    *(
        ("incus.socket", "Incus"),
        ("lxd.service", "LXD"),
        ("snap.lxd.daemon.service", "LXD"),
        ("xenconsoled.service", "Xen"),
    ),
)
_SHARES = (
    *(("nfs-server.service", "NFS"), ("smbd.service", "Samba"), ("smb.service", "Samba"), ("ksmbd.service", "ksmbd")),
    *(("minio.service", "MinIO"), ("garage.service", "Garage"), ("glusterd.service", "Gluster")),
    *(("proxmox-backup.service", "Proxmox Backup Server"),),
)
_ENGINES = (
    ("docker.service", "Docker"),
    ("podman.service", "Podman"),
    ("k3s.service", "k3s"),
    ("kubelet.service", "Kubernetes"),
)
_DESKTOPS = (
    *(("gdm.service", "GDM"), ("gdm3.service", "GDM"), ("sddm.service", "SDDM"), ("lightdm.service", "LightDM")),
    *(("display-manager.service", "a display manager"), ("greetd.service", "greetd")),
)
_ROUTER_SYSTEMS = frozenset({"openwrt", "vyos", "ipfire", "freshtomato"})
_NOTEBOOKS = frozenset({8, 9, 10, 11, 14, 30, 31, 32})
"""Kinds of case, by SMBIOS number, that somebody carries around."""
_OWN_NETWORKS = ("virbr", "lxdbr", "incusbr", "docker", "podman", "cni", "lxcbr")
"""Networks that a machine makes for its own guests: handing out addresses there makes it no router."""
_MANY_DISKS = 4


def roles_of(snapshot: Snapshot) -> tuple[RoleShown, ...]:
    """Return every role that shows, the most telling first; `server` where none does."""
    found = [RoleShown(role=role, why=why) for role, sign in _SIGNS if (why := sign(snapshot))]
    return tuple(found) or (RoleShown(role=Role.SERVER, why="nothing shows that it is there for something else"),)


def _hypervisor(snapshot: Snapshot) -> str:
    return _running(snapshot, _HYPERVISORS)


def _router(snapshot: Snapshot) -> str:
    system, ports = snapshot.of(SYSTEM), snapshot.of(PORTS)
    if system is not None and system.id in _ROUTER_SYSTEMS:
        return f"it runs {system.name}"
    for listener in ports.listeners.values() if ports is not None else ():
        is_for_others = not listener.device.startswith(_OWN_NETWORKS) and not listener.address.startswith("127.")
        if listener.protocol == "udp" and listener.port == 67 and is_for_others:
            return "it hands out addresses (udp 67)"
    return ""


def _storage(snapshot: Snapshot) -> str:
    pools, arrays, disks = snapshot.of(POOLS), snapshot.of(ARRAYS), snapshot.of(DISKS)
    large = [pool.name for pool in pools.pools.values() if len(pool.devices) > 2] if pools is not None else []
    if large:
        return f"it keeps the ZFS pool {large[0]}"
    if arrays is not None and arrays.arrays:
        return f"it keeps the array {next(iter(arrays.arrays))}"
    lasting = [one for one in disks.disks.values() if not one.is_removable and not one.is_virtual] if disks else []
    if len(lasting) >= _MANY_DISKS:
        return f"it has {plural(len(lasting), 'disk')}"
    shares = _running(snapshot, _SHARES)
    return shares.replace("runs", "shares files with", 1)


def _container_host(snapshot: Snapshot) -> str:
    containers = snapshot.of(CONTAINERS)
    if containers is not None and containers.containers:
        return f"it has {plural(len(containers.containers), 'container')}"
    return _running(snapshot, _ENGINES)


def _workstation(snapshot: Snapshot) -> str:
    hardware = snapshot.of(HARDWARE)
    if hardware is not None and not hardware.is_container and hardware.chassis in _NOTEBOOKS:
        return "it is a notebook"
    return _running(snapshot, _DESKTOPS)


def _running(snapshot: Snapshot, signs: tuple[tuple[str, str], ...]) -> str:
    """Name the first of these units that is active, or nothing."""
    units = snapshot.of(UNITS)
    if units is None:
        return ""
    named = {alias: unit for unit in units.units.values() for alias in unit.aliases} | units.units
    active = (what for name, what in signs if name in named and named[name].active_state == "active")
    return next((f"it runs {what}" for what in active), "")


_SIGNS: tuple[tuple[Role, Callable[[Snapshot], str]], ...] = (
    (Role.HYPERVISOR, _hypervisor),
    (Role.ROUTER, _router),
    (Role.STORAGE, _storage),
    (Role.CONTAINER_HOST, _container_host),
    (Role.WORKSTATION, _workstation),
)
