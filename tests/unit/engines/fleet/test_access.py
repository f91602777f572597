"""A person is asked for the rights a machine needs, and for no others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from steward.app.plugins import load_know_how
from steward.engines.fleet.access import Access, rights_for, rights_of_guest
from steward.knowhow.facts.containers import Containers
from steward.knowhow.facts.packages import Packages
from steward.knowhow.facts.programs import SOUGHT, Programs
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport

NAS = Machine(id=MachineId("machine-1"), name="nas", transport=Transport.SSH, address="10.0.0.5", user="steward")
KNOW_HOW = load_know_how()


def rights_where(engine: str, manager: str, *, unread: dict[str, str] | None = None) -> Access:
    packages = Packages(
        manager=manager,
        installed=1,
        cache_folder="",
        cache_bytes=0,
        cache_files=0,
        mount_point="",
        source="",
        is_restart_wanted=False,
    )
    places = {name: f"/usr/bin/{name}" for name in ("docker", "podman", manager, "apt-get", "systemctl", "journalctl")}
    values: dict[str, object] = {"packages": packages, "programs": Programs(places=places)}
    if not unread:
        values["containers"] = Containers(engine=engine, containers={}, unread="")
    return rights_after(Snapshot(machine=NAS, at=datetime(2026, 3, 1, tzinfo=UTC), values=values, unread=unread or {}))


def rights_after(snapshot: Snapshot | None) -> Access:
    found = rights_for(
        NAS,
        snapshot,
        to_look=[command for fact in KNOW_HOW.facts for command in fact.sudoers],
        to_act=[command for operation in KNOW_HOW.operations for command in operation.sudoers],
    )
    assert found
    return found


def programs(access: Access) -> set[str]:
    lines = (*access.to_look, *access.to_act)
    return {line.partition("NOPASSWD: ")[2].lstrip("!").split(" ")[0].rpartition("/")[2] for line in lines}


def test_a_machine_is_given_rights_to_the_programs_it_has():
    assert programs(rights_where("docker", "apt")) == {"docker", "apt-get", "systemctl", "journalctl", "kill", "sh"}
    assert programs(rights_where("none", "pacman")) == {"pacman", "systemctl", "journalctl", "kill", "sh"}


def test_every_program_that_needs_a_right_is_looked_for():
    assert programs(rights_after(None)) - {"kill", "sh"} == set(SOUGHT)


def test_an_engine_that_may_not_be_asked_yet_is_there():
    refusal = {"containers": "/usr/bin/docker is here and steward may not ask it"}
    found = programs(rights_where("none", "apt", unread=refusal))
    assert "docker" in found
    assert "podman" not in found


@pytest.mark.parametrize("why", ["it did not end within 10 s", ""])
def test_what_could_not_be_read_counts_as_there(why: str):
    assert {"docker", "podman"} <= programs(rights_where("none", "apt", unread={"containers": why}))


def test_a_machine_nobody_looked_at_is_given_every_right():
    assert {"docker", "podman", "apt-get", "dnf", "pacman"} <= programs(rights_after(None))


@pytest.mark.parametrize(
    ("transport", "command"),
    [
        (Transport.PCT, "/usr/sbin/pct exec 105 -- /bin/sh -s"),
        (Transport.QM, "/usr/sbin/qm guest exec 105 --pass-stdin 1 --timeout 0 -- /bin/sh -s"),
    ],
)
def test_a_guest_of_proxmox_needs_one_exact_line_on_its_node(transport: Transport, command: str):
    guest = Machine(id=MachineId("machine-2"), name="mail", transport=transport, via="nas", guest="105")
    file = rights_of_guest(guest, NAS)
    assert file.path == f"/etc/sudoers.d/steward-{transport.value}-105"
    lines = [line for line in file.text.splitlines() if not line.startswith("#")]
    assert lines == [f"steward ALL=(root) NOPASSWD: {command}"]


def test_the_docker_api_is_told_for_what_it_is():
    guest = Machine(id=MachineId("machine-2"), name="web", transport=Transport.DOCKER, via="nas", guest="web")
    text = rights_of_guest(guest, NAS).text
    assert "whoever may use it is root" in text
    assert "usermod -aG docker steward" in text
    assert all(line.startswith("#") for line in text.splitlines())
