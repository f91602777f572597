"""Made-up labs to write pages of: a household, an empty one, a hostile one, a large one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from steward.knowhow.facts.backups import BackupJob, Backups
from steward.knowhow.facts.filesystems import Filesystem, Filesystems
from steward.knowhow.facts.links import Link, Links
from steward.knowhow.facts.memory import Memory
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.pools import Pool, Pools
from steward.knowhow.facts.ports import Listener, Ports
from steward.knowhow.pages.lab import Lab
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie, joined
from steward.model.ids import FindingId, MachineId
from steward.model.machine import Machine, Transport
from steward.model.resource import ResourceKind, resource_on
from tests.unit.knowhow.snapshots import NOW

GIGABYTE = 1024**3


def machine(name: str, **changes: Any) -> Machine:
    return Machine(**{"id": MachineId(f"m-{name}"), "name": name, "address": f"192.0.2.{len(name)}", **changes})


def service(where: str, name: str, says: str = "", **changes: Any) -> Thing:
    given = {"id": f"service:{where}/{name}", "kind": ThingKind.SERVICE, "name": name, "machine": where, "says": says}
    return Thing(**{**given, "state": "up", "source": "containers", "at": NOW, **changes})


def host(name: str, kind: ThingKind = ThingKind.MACHINE) -> Thing:
    return Thing(id=f"machine:{name}", kind=kind, name=name, machine=name, source="inventory.yaml", at=NOW)


def edge(of: str, on: str, tie: Tie) -> Edge:
    return Edge(of=of, on=on, tie=tie, source="containers", at=NOW)


def graph(things: Iterable[Thing], edges: Iterable[Edge] = ()) -> Graph:
    """Join things, with each service running on its machine."""
    every = list(things)
    runs = [edge(t.id, f"machine:{t.machine}", Tie.RUNS_ON) for t in every if t.kind is ThingKind.SERVICE]
    return joined([Graph(things=tuple(every), edges=(*runs, *edges))])


def system(name: str = "Debian GNU/Linux 13 (trixie)") -> OperatingSystem:
    return OperatingSystem(
        id="debian",
        version="13",
        name=name,
        kernel="Linux 6.12.1",
        architecture="x86_64",
        host_name="box",
        user_id=1000,
        is_systemd=True,
        boot_id="b",
        uptime_seconds=4000,
        processors=4,
        sudo_version="1.9.13",
    )


def memory(gigabytes: int = 16) -> Memory:
    return Memory(
        total_bytes=gigabytes * GIGABYTE - 300_000_000,
        available_bytes=GIGABYTE,
        available_percent=10.0,
        swap_total_bytes=0,
        swap_used_bytes=0,
        waiting_percent=None,
        stalled_percent=None,
        kill_count=0,
        kills=(),
    )


def filesystem(place: str, *, gigabytes: int = 100, percent: float = 40.0, kind: str = "ext4") -> Filesystem:
    return Filesystem(
        mount_point=place,
        source="/dev/sda1",
        type=kind,
        size_bytes=gigabytes * GIGABYTE,
        used_bytes=10 * GIGABYTE,
        available_bytes=GIGABYTE,
        used_percent=percent,
        inodes_used_percent=1.0,
        is_read_only=False,
        options="rw",
        expected_options=None,
        also_mounted_at=(),
    )


def filesystems(*found: Filesystem) -> Filesystems:
    return Filesystems(filesystems={one.mount_point: one for one in found}, not_mounted={})


def job(*sources: str, to: str = "", at: datetime | None = NOW - timedelta(hours=9), **changes: Any) -> BackupJob:
    given: dict[str, Any] = {
        "kind": "unit",
        "program": "restic",
        "timers": (),
        "is_running": False,
        "has_failed": False,
        "says": "",
        "started_at": at,
        "succeeded_at": at,
        "sources": sources,
        "repositories": (to,) if to else (),
        "usual_seconds": None,
    }
    return BackupJob(**{**given, **changes})


def jobs(**named: BackupJob) -> Backups:
    return Backups(jobs=named, is_journal_read=True)


def ports(*numbers: int, address: str = "0.0.0.0", unit: str = "web.service") -> Ports:
    found = [Listener(protocol="tcp", port=n, address=address, device="", unit=unit, program="x") for n in numbers]
    return Ports(listeners={f"tcp {one.port} {one.address}": one for one in found})


def links(name: str = "eth0") -> Links:
    link = Link(
        address="02:00:00:00:00:01",
        driver="e1000e",
        is_wireless=False,
        is_enabled=True,
        has_carrier=True,
        speed_megabits=1000,
        is_half_duplex=False,
        both_ends_megabits=None,
        master="",
        has_address=True,
        error_count=0,
        packet_count=10,
        carrier_change_count=1,
    )
    return Links(links={name: link}, default_routes=1)


def pool(name: str = "tank") -> Pools:
    one = Pool(
        name=name,
        health="ONLINE",
        size_bytes=8000 * GIGABYTE,
        used_percent=50.0,
        free_bytes=4000 * GIGABYTE,
        fragmentation_percent=3,
        created_at=None,
        says="",
        scan="",
        scan_kind="",
        scan_state="",
        scan_at=None,
        data_errors=0,
        checkpoint_at=None,
        devices={},
    )
    return Pools(program="/sbin/zpool", pools={name: one})


def look(of: Machine, *, at: datetime = NOW, **facts: object) -> Snapshot:
    return Snapshot(machine=of, at=at, values=facts)


def finding(of: Machine, title: str, severity: Severity = Severity.WARNING, number: int = 1) -> Finding:
    return Finding(
        id=FindingId(f"find-{number}"),
        check="x",
        title=title,
        severity=severity,
        resource=resource_on(of.id, ResourceKind.MACHINE, of.name),
        machine=of.id,
        evidence=(),
        if_nothing="it gets worse",
        since=NOW - timedelta(days=3),
    )


def lab(
    *machines: Machine,
    seen: Iterable[Snapshot] = (),
    findings: tuple[Finding, ...] = (),
    of: Graph | None = None,
    now: datetime = NOW,
) -> Lab:
    looks = {one.machine.id: one for one in seen}
    return Lab(machines=machines, seen=looks, findings=findings, graph=of or Graph(), now=now)


def household(*, now: datetime = NOW) -> Lab:
    """Return a family's lab: a storage box, a hypervisor with two guests, a small box for the network."""
    nas, hyper, pi = machine("nas"), machine("hyper"), machine("pi", transport=Transport.LOCAL, address="")
    photos = machine("photobox", transport=Transport.QM, via="hyper", guest="101")
    home = machine("home", transport=Transport.PCT, via="hyper", guest="102")
    things = [
        *(host(one.name) for one in (nas, hyper, pi)),
        *(host(one.name, ThingKind.GUEST) for one in (photos, home)),
        service("pi", "pihole", "ports 53/udp, 80/tcp", image="pihole/pihole:2026.10"),
        service("nas", "samba", "Samba SMB daemon; ports 445/tcp", source="units"),
        service("nas", "vaultwarden", image="vaultwarden/server:1.34"),
        service("photobox", "immich", "4 of 4 run; ports 2283/tcp", image="ghcr.io/immich-app/immich-server:v2"),
        service("home", "home-assistant", "Home Assistant; ports 8123/tcp", source="units"),
        service("home", "mosquitto", image="eclipse-mosquitto:2"),
        service("hyper", "pveproxy", "PVE API proxy server; ports 8006/tcp", source="units"),
        service("nas", "odd-program", image="registry.example/odd:1"),
        Thing(
            id="storage:photobox/filesystem /mnt/photos",
            kind=ThingKind.STORAGE,
            name="filesystem /mnt/photos",
            machine="photobox",
        ),
        Thing(id="supply:pi/ups", kind=ThingKind.SUPPLY, name="ups", machine="pi"),
        Thing(id="name:photos.example", kind=ThingKind.NAME, name="photos.example"),
        Thing(id="backup:nas/nightly", kind=ThingKind.BACKUP, name="nightly", machine="nas"),
        Thing(id="volume:nas/vault", kind=ThingKind.VOLUME, name="vault", machine="nas"),
    ]
    edges = [
        edge("machine:photobox", "machine:hyper", Tie.RUNS_ON),
        edge("machine:home", "machine:hyper", Tie.RUNS_ON),
        edge("service:photobox/immich", "storage:photobox/filesystem /mnt/photos", Tie.STORED_ON),
        edge("storage:photobox/filesystem /mnt/photos", "machine:nas", Tie.NEEDS),
        edge("service:home/home-assistant", "service:home/mosquitto", Tie.NEEDS),
        edge("service:photobox/immich", "name:photos.example", Tie.NAMED_BY),
        edge("service:nas/vaultwarden", "volume:nas/vault", Tie.STORED_ON),
        edge("machine:pi", "supply:pi/ups", Tie.POWERED_BY),
    ]
    nas_jobs = jobs(nightly=job("/srv/media", "/home", to="sftp:backup@vault.example:/nas"))
    seen = [
        look(
            nas,
            os=system(),
            memory=memory(32),
            links=links(),
            pools=pool(),
            ports=ports(22, 445, 51_000),
            filesystems=filesystems(
                filesystem("/"), filesystem("/srv/media", gigabytes=4000, percent=88), filesystem("/scratch")
            ),
            backups=nas_jobs,
        ),
        look(hyper, os=system("Proxmox VE 9"), memory=memory(64), ports=ports(8006, unit="pveproxy.service")),
        look(
            photos,
            os=system(),
            memory=memory(8),
            ports=ports(2283),
            filesystems=filesystems(filesystem("/var/lib/immich")),
        ),
        look(home, os=system(), memory=memory(4), ports=ports(8123)),
        look(pi, os=system("Raspberry Pi OS 13"), memory=memory(4), ports=ports(53, 80)),
    ]
    findings = (
        finding(photos, "photobox: /var/lib/immich is 97% full", Severity.WARNING, 1),
        finding(nas, "nas: scratch.service has failed", Severity.DOWN, 2),
    )
    return lab(nas, hyper, photos, home, pi, seen=seen, findings=findings, of=graph(things, edges), now=now)


def large(machines: int = 50, services: int = 500) -> Lab:
    """Return a lab of this size, with four services of one name on each fifth machine."""
    boxes = [machine(f"box-{number}") for number in range(machines)]
    things: list[Thing] = [host(box.name) for box in boxes]
    edges: list[Edge] = []
    for number in range(services):
        where = boxes[number % machines].name
        name = "postgres" if number % 10 == 0 else f"app-{number}"
        things.append(service(where, f"{name}-{number // machines}" if name == "postgres" else name, "img:1"))
        if number > machines:
            edges.append(edge(things[-1].id, things[-1 - machines].id, Tie.NEEDS))
    seen = [
        look(
            box,
            os=system(),
            memory=memory(),
            links=links(),
            ports=ports(22, 80, 443, 8080, 9090),
            filesystems=filesystems(filesystem("/"), filesystem("/srv")),
            backups=jobs(nightly=job("/srv", to="/backup")),
        )
        for box in boxes
    ]
    findings = tuple(finding(box, f"{box.name}: / is 91% full", number=n) for n, box in enumerate(boxes))
    return lab(*boxes, seen=seen, findings=findings, of=graph(things, edges))
