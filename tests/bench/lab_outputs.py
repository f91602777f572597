"""What the machines of a large lab print: recorded outputs, and as many units and containers as a machine has.

Two things are wrong with each: a unit has failed, a container fails its health check.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from steward.lib.codec import decode
from steward.model.fact import CommandOutput
from tests.bench.measure import REPOSITORY

CONTAINERS = 10
_UNITS = 150
_RECORDED = REPOSITORY / "tests" / "unit" / "knowhow" / "facts"
_RECORDED_ON = "2026-11-21"
_FIGURE = re.compile(r"(?<![\w./:-])\d{4,}(?![\w./:-])")
"""A number that can grow by one without becoming another thing."""
_CASES = {
    "accounts": "debian_12_root",
    "arrays": "debian_12_healthy",
    "backups": "debian_12_borgmatic_restic",
    "boot_times": "debian_12_container",
    "btrfs": "debian_12_mirror",
    "certificates": "proxmox_8",
    "config_files": "debian_12",
    "container_daemons": "docker_20_10",
    "container_networks": "docker_20_10",
    "container_volumes": "docker_20_10_none_unused",
    "crashes": "debian_12_none",
    "cron": "debian_12_running",
    "datasets": "without_quotas",
    "disk_health": "debian_12_healthy",
    "disks": "proxmox_8_sata_sas_nvme",
    "filesystems": "busybox_1_35",
    "hardware": "asrock_rack_with_gpu_root",
    "journal": "debian_12",
    "kept_files": "debian_12",
    "kernel": "ubuntu_24_04",
    "links": "debian_12_gigabit",
    "load": "debian_12_container",
    "log_errors": "debian_12",
    "logins": "debian_12_quiet",
    "memory": "debian_12",
    "mounts": "container_without_fstab",
    "names": "agreeing",
    "network_mounts": "answering",
    "os": "debian_12_root",
    "package_states": "debian_12_healthy",
    "packages": "debian_12",
    "pools": "proxmox_8_healthy",
    "processes": "debian_12",
    "programs": "debian_12",
    "quadlets": "no_quadlets",
    "resolvers": "debian_12_python",
    "sensors": "amd_desktop",
    "snapshots": "without_zfs",
    "ssh_server": "debian_12_defaults",
    "stale_programs": "debian_12_container",
    "supplies": "nut_2_8_on_line",
    "timers": "debian_12",
    "traffic": "debian_12_with_containers",
    "updates": "debian_12_up_to_date",
    "volumes": "proxmox_8_thin",
}
"""Which recording stands for each fact; what is not here is generated below."""


def recorded() -> dict[str, CommandOutput]:
    """Return what every machine prints alike, by fact and reading, with its dates moved to today."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    found: dict[str, CommandOutput] = {}
    for fact, case in _CASES.items():
        text = (_RECORDED / fact / f"{case}.json").read_text(encoding="utf-8").replace(_RECORDED_ON, today)
        for reading, output in json.loads(text)["readings"].items():
            found[f"{fact}/{reading}"] = decode(CommandOutput, output)
    return found


MOVING = (
    "container_usage/usage",
    "filesystems/space",
    "filesystems/inodes",
    "links/links",
    "load/load",
    "memory/meminfo",
    "memory/counters",
    "processes/processes",
)
"""Readings that a machine never answers twice alike."""


def moved(said: CommandOutput, turn: int) -> CommandOutput:
    """Return an output as it is at another look: the same shape, another number at its end."""
    *_, last = _FIGURE.finditer(said.stdout)
    number = f"{int(last[0]) + turn:0{len(last[0])}}"
    return replace(said, stdout=said.stdout[: last.start()] + number + said.stdout[last.end() :])


def clock(now: datetime) -> CommandOutput:
    """Return what a machine says whose clock is right."""
    said = f"now={int(now.timestamp())}\ndaemon=systemd-timesyn\nNTP=yes\nNTPSynchronized=yes\n"
    return CommandOutput(exit_code=0, stdout=said)


def of_machine(number: int) -> Mapping[str, CommandOutput]:
    """Return what one machine prints for itself."""
    said = {
        "containers/docker": _containers(number),
        "container_settings/docker": _settings(number),
        "container_usage/usage": _usage(number),
        "container_logs/engine": "docker\n",
        "container_logs/files": _logs(number),
        "images/docker": _images(number),
        "ports/ports": _ports(number),
        "units/units": _units(),
        "units/files": "".join(f"{_service(each):<40} enabled         enabled\n" for each in range(_UNITS)),
        "units/logs": "".join(f"service-0.service line {line} of its journal\n" for line in range(5)),
    }
    said |= {f"{fact}/podman": "none\n" for fact in ("containers", "container_settings", "images")}
    return {name: CommandOutput(exit_code=0, stdout=text) for name, text in said.items()}


def _containers(number: int) -> str:
    lines = ["engine direct /usr/bin/docker"]
    for each in range(CONTAINERS):
        health = "unhealthy" if each == 0 else "healthy"
        state = {
            "Status": "running",
            "Running": True,
            "OOMKilled": False,
            "ExitCode": 0,
            "Error": "",
            "Pid": 900 + each,
        }
        state |= {"StartedAt": "2026-09-01T11:28:20.469Z", "FinishedAt": "0001-01-01T00:00:00Z"}
        container = {
            "id": _id(number, each),
            "name": f"/{_name(number, each)}",
            "image_id": f"sha256:{_id(0, each)}",
            "image": _image(each),
            "restart_count": 0,
            "policy": {"Name": "unless-stopped", "MaximumRetryCount": 0},
            "ports": {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(8000 + each)}]},
            "health_check": {"interval": 30_000_000_000, "start": 0, "retries": 3},
            "state": {**state, "Health": {"Status": health}},
        }
        lines.append(f"container {json.dumps(container)}")
    lines += [f"log {_id(number, 0)} line {line} of what it says" for line in range(5)]
    return "\n".join(lines) + "\n"


def _settings(number: int) -> str:
    lines = ["engine direct /usr/bin/docker"]
    for each in range(CONTAINERS):
        stack = f"/srv/stacks/stack{each}"
        published = {"8080/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(8000 + each)}]}
        mounts = [[f"/srv/data/{_name(number, each)}", "/data", True], 0]
        row = [_id(number, each), f"/{_name(number, each)}", _image(each), f"sha256:{_id(0, each)}", False, "bridge"]
        row += ["", None, published, {"Name": "unless-stopped", "MaximumRetryCount": 0}, True, "json-file", "10m"]
        row += [0, [0], [0], mounts, 2, "", f"stack{each}", "app", stack, "False", f"{stack}/compose.yaml"]
        lines.append(json.dumps(row))
    return "\n".join(lines) + "\n"


def _usage(number: int) -> str:
    figures = "user 0\nlimit max\nanon 52428800\nshmem 0\noom_kill 0\ntasks 12\nmost_tasks max\n"
    return "".join(f"container {_id(number, each)}\n{figures}" for each in range(CONTAINERS))


def _logs(number: int) -> str:
    folder = "/var/lib/docker/containers"
    ids = [_id(number, each) for each in range(CONTAINERS)]
    return "".join(f"120\t{folder}/{each}/{each}-json.log\n160\t{folder}/{each}\n" for each in ids)


def _images(number: int) -> str:
    rows = [
        [f"sha256:{_id(0, each)}", [_image(each)], [f"{_image(each)}@sha256:{_id(number, each)}"]]
        for each in range(CONTAINERS)
    ]
    made = f"{datetime.now(UTC):%Y-%m-%d}T01:02:03Z"
    return "engine direct /usr/bin/docker\n" + "".join(f"{json.dumps([*row, made, 90_000_000])}\n" for row in rows)


def _ports(number: int) -> str:
    lines = ["with ss"]
    for each in range(CONTAINERS):
        owner = f'users:(("docker-proxy",pid={1200 + each},fd=4)) ino:{17000 + each} sk:{each}'
        where = "cgroup:/system.slice/docker.service <->"
        lines.append(f"tcp   LISTEN 0      4096         127.0.0.1:{8000 + each}       0.0.0.0:*    {owner} {where}")
    ssh = 'users:(("sshd",pid=700,fd=3)) ino:16001 sk:99 cgroup:/system.slice/ssh.service <->'
    lines.append(f"tcp   LISTEN 0      128        10.0.0.{number}:22         0.0.0.0:*    {ssh}")
    return "\n".join(lines) + "\n"


def _units() -> str:
    blocks = ["Program=/usr/bin/systemctl\n"]
    for each in range(_UNITS):
        is_failed = each == 0
        name = _service(each)
        told = {
            "Type": "simple",
            "RemainAfterExit": "no",
            "Result": "exit-code" if is_failed else "success",
            "NRestarts": "0",
            "ExecMainCode": "1" if is_failed else "0",
            "ExecMainStatus": "5" if is_failed else "0",
            "Id": name,
            "Names": name,
            "RequiredBy": "",
            "BoundBy": "",
            "ConsistsOf": "",
            "TriggeredBy": "",
            "Description": f"Service {each} of this machine",
            "LoadState": "loaded",
            "ActiveState": "failed" if is_failed else "active",
            "SubState": "failed" if is_failed else "running",
            "FragmentPath": f"/etc/systemd/system/{name}",
            "UnitFileState": "enabled",
            "StateChangeTimestamp": "Sat 2026-11-21 11:23:44 UTC",
        }
        blocks.append("".join(f"{key}={value}\n" for key, value in told.items()))
    return "\n".join(blocks)


def _service(number: int) -> str:
    return f"service-{number}.service"


def _id(machine: int, number: int) -> str:
    return f"{machine:032x}{number:032x}"


def _name(machine: int, number: int) -> str:
    return f"service-{machine}-{number}"


def _image(number: int) -> str:
    return f"registry.home/app{number}:1.{number}"
