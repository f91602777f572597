"""Snapshots for tests: of the recorded systems, or of a few things described in the test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from steward.knowhow.facts.containers import Container, Containers, Port
from steward.knowhow.facts.filesystems import Filesystem, Filesystems
from steward.knowhow.facts.journal import Journal, JournalFile
from steward.knowhow.facts.memory import Memory
from steward.knowhow.facts.packages import Packages
from steward.knowhow.facts.units import Unit, Units
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.ids import MachineId
from steward.model.machine import Machine
from tests.unit.knowhow.facts.test_cases import read
from tests.unit.knowhow.plugins import CHECKS, FACTS

NOW = datetime(2026, 11, 21, 11, 36, tzinfo=UTC)
MACHINE = Machine(id=MachineId("mach-1"), name="m1")
MEGABYTE = 1024**2
GIGABYTE = 1024**3
UNIT = Unit(
    name="nginx.service",
    aliases=(),
    description="A web server",
    load_state="loaded",
    active_state="active",
    sub_state="running",
    file_state="enabled",
    fragment_path="/lib/systemd/system/nginx.service",
    type="notify",
    remains_after_exit=False,
    result="success",
    exit_code=None,
    exit_signal=None,
    restart_count=0,
    changed_at=datetime(2026, 11, 1, tzinfo=UTC),
    triggered_by=(),
    pulls_down=(),
    log_lines=(),
)
CONTAINER = Container(
    name="web",
    id="ab" * 32,
    engine="docker",
    program="/usr/bin/docker",
    needs_root=True,
    image="caddy:2",
    image_id="sha256:" + "1" * 64,
    state="running",
    health="",
    health_seconds=0,
    restart_count=0,
    exit_code=0,
    is_out_of_memory=False,
    error="",
    restart_policy="always",
    ports=(Port(address="127.0.0.1", port=8080, protocol="tcp"),),
    started_at=datetime(2026, 11, 1, tzinfo=UTC),
    finished_at=None,
    log_lines=(),
)
MEMORY = Memory(
    total_bytes=8 * GIGABYTE,
    available_bytes=4 * GIGABYTE,
    available_percent=50.0,
    swap_total_bytes=0,
    swap_used_bytes=0,
    waiting_percent=0.0,
    stalled_percent=0.0,
    kill_count=0,
    kills=(),
)
PACKAGES = Packages(
    manager="apt",
    installed=179,
    cache_folder="/var/cache/apt/archives",
    cache_bytes=0,
    cache_files=0,
    mount_point="/",
    source="/dev/sda1",
    is_restart_wanted=False,
)


def snapshot(**facts: Any) -> Snapshot:
    return Snapshot(machine=MACHINE, at=NOW, values=facts)


def recorded(**cases: str) -> Snapshot:
    """Return what the recorded outputs give, each fact by the name of its case."""
    folder = Path(__file__).parent / "facts"
    values = {name: FACTS[name].parse(read(folder / name / f"{case}.json")[1]) for name, case in cases.items()}
    return snapshot(**values)


def units(*found: Unit) -> Units:
    return Units(program="/usr/bin/systemctl", units={unit.name: unit for unit in found})


def unit(name: str = "nginx.service", **changes: Any) -> Unit:
    return replace(UNIT, name=name, **changes)


def containers(*found: Container) -> Containers:
    return Containers(engine="docker", containers={one.name: one for one in found}, unread="")


def container(**changes: Any) -> Container:
    return replace(CONTAINER, **changes)


def disk(used_percent: float, size: int = 50 * GIGABYTE, **changes: Any) -> Filesystem:
    used = round(size * used_percent / 100)
    plain = Filesystem(
        mount_point="/",
        source="/dev/sda1",
        type="ext4",
        size_bytes=size,
        used_bytes=used,
        available_bytes=size - used,
        used_percent=used_percent,
        inodes_used_percent=3.0,
        is_read_only=False,
        options="rw",
        expected_options="errors=remount-ro",
        also_mounted_at=(),
    )
    return replace(plain, **changes)


def filesystems(*found: Filesystem, **not_mounted: str) -> Filesystems:
    return Filesystems(filesystems={one.mount_point: one for one in found}, not_mounted=not_mounted)


def journal(archived_megabytes: int, in_use_megabytes: int = 8) -> Journal:
    """Return a journal with archived files of 8 MB, one a day."""
    count = archived_megabytes // 8
    files = [
        JournalFile(bytes=8 * MEGABYTE, until=datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day))
        for day in range(count)
    ]
    return Journal(
        folder="/var/log/journal/0123",
        mount_point="/",
        source="/dev/sda1",
        total_bytes=(count * 8 + in_use_megabytes) * MEGABYTE,
        archived_bytes=count * 8 * MEGABYTE,
        archived=tuple(files),
    )


def packages(cache_megabytes: int, **changes: Any) -> Packages:
    return replace(PACKAGES, cache_bytes=cache_megabytes * MEGABYTE, cache_files=3, **changes)


def found_by(check: str, seen: Snapshot) -> dict[str, Finding]:
    """Return findings by the name of what they are about."""
    return {finding.resource.name: finding for finding in CHECKS[check].run(seen)}
