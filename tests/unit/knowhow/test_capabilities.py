"""What a machine can carry and what it is there for, told from recorded facts."""

from dataclasses import replace
from typing import Any

import pytest

from steward.knowhow.capabilities import capabilities_of
from steward.knowhow.facts.disks import Disk, Disks
from steward.knowhow.facts.hardware import PLUGIN as HARDWARE
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.ports import Listener, Ports
from steward.knowhow.roles import roles_of
from steward.model.capability import Role
from steward.model.fact import Snapshot
from tests.unit.knowhow.snapshots import (
    GIGABYTE,
    container,
    containers,
    disk,
    filesystems,
    recorded,
    snapshot,
    unit,
    units,
)


def roles(seen: Snapshot) -> list[Role]:
    return [each.role for each in roles_of(seen)]


def listening(**changes: Any) -> Ports:
    found = {"protocol": "udp", "port": 67, "address": "0.0.0.0", "device": "", "unit": "", "program": "dnsmasq"}
    return Ports(listeners={"udp 67 0.0.0.0": Listener(**(found | changes))})


def many_disks(count: int, **changes: Any) -> Disks:
    one = Disk(
        name="sda",
        model="WD Red",
        serial="",
        wwn="",
        firmware="",
        size_bytes=4_000 * GIGABYTE,
        is_rotating=True,
        is_removable=False,
        is_virtual=False,
        can_discard=False,
        transport="ata",
        port="",
        state="running",
    )
    return Disks(disks={f"disk-{number}": replace(one, **changes) for number in range(count)})


def test_nothing_read_is_nothing_known_and_never_zero():
    found = capabilities_of(snapshot())
    assert found.memory_bytes is found.processors is found.storage_bytes is found.free_storage_bytes is None
    assert found.gpus == ()
    assert [each.role for each in found.roles] == [Role.SERVER]


def test_sizes_come_from_the_facts_and_a_filesystem_mounted_twice_counts_once():
    seen = recorded(os="debian_12_root", memory="debian_12", hardware="asrock_rack_with_gpu_root")
    space = filesystems(disk(50.0, source="/dev/sda1"), disk(50.0, source="/dev/sda1", mount_point="/srv"))
    found = capabilities_of(replace(seen, values={**seen.values, "filesystems": space}))
    assert found.memory_bytes
    assert found.architecture == "x86_64"
    assert found.processor == "AMD Ryzen 7 5700G with Radeon Graphics"
    assert found.storage_bytes == 50 * GIGABYTE


def test_what_lies_on_another_machine_or_in_memory_is_no_storage_of_this_one():
    shares = (
        disk(10.0, source="nas:/media", type="nfs4", mount_point="/media"),
        disk(10.0, source="tmpfs", type="tmpfs", mount_point="/tmp"),
        disk(10.0, source="/dev/sda1", size=GIGABYTE),
    )
    assert capabilities_of(snapshot(filesystems=filesystems(*shares))).storage_bytes == GIGABYTE


def test_datasets_of_one_pool_share_what_is_free():
    one = disk(0.0, source="tank", type="zfs", mount_point="/tank")
    first = replace(one, used_bytes=10, available_bytes=100, size_bytes=110)
    second = replace(one, source="tank/media", mount_point="/tank/media", used_bytes=30, available_bytes=100)
    found = capabilities_of(snapshot(filesystems=filesystems(first, second)))
    assert (found.storage_bytes, found.free_storage_bytes) == (140, 100)


def test_only_cards_that_reckon_are_named_and_one_given_to_guests_is_not_usable():
    found = capabilities_of(recorded(hardware="asrock_rack_with_gpu_root")).gpus
    assert [(gpu.vendor, gpu.driver, gpu.is_usable) for gpu in found] == [
        ("NVIDIA", "nvidia", True),
        ("AMD", "vfio-pci", False),
    ]


def test_a_container_has_only_the_card_it_was_given():
    assert [gpu.id for gpu in capabilities_of(recorded(hardware="lxc_with_gpu")).gpus] == ["8086:46d1"]


@pytest.mark.parametrize(
    ("seen", "role"),
    [
        (snapshot(units=units(unit("pvedaemon.service"))), Role.HYPERVISOR),
        (snapshot(units=units(unit("smbd.service"))), Role.STORAGE),
        (snapshot(disks=many_disks(4)), Role.STORAGE),
        (snapshot(containers=containers(container())), Role.CONTAINER_HOST),
        (snapshot(units=units(unit("docker.service"))), Role.CONTAINER_HOST),
        (snapshot(ports=listening()), Role.ROUTER),
        (snapshot(units=units(unit("gdm.service"))), Role.WORKSTATION),
    ],
)
def test_a_role_is_told_by_its_sign(seen, role):
    shown = roles_of(seen)
    assert [each.role for each in shown] == [role]
    assert shown[0].why.startswith("it ")


@pytest.mark.parametrize(
    "seen",
    [
        snapshot(units=units(unit("pvedaemon.service", active_state="inactive"))),
        snapshot(ports=listening(device="virbr0")),
        snapshot(ports=listening(address="127.0.0.1")),
        snapshot(ports=listening(protocol="tcp")),
        snapshot(disks=many_disks(3)),
        snapshot(disks=many_disks(6, is_virtual=True)),
        snapshot(containers=containers()),
    ],
)
def test_what_only_looks_like_a_sign_is_none(seen):
    assert roles(seen) == [Role.SERVER]


def test_a_notebook_is_a_workstation_and_its_containers_still_count():
    seen = recorded(hardware="asrock_rack_with_gpu_root")
    notebook = replace(seen.of(HARDWARE), chassis=10)
    assert roles(snapshot(hardware=notebook, containers=containers(container()))) == [
        Role.CONTAINER_HOST,
        Role.WORKSTATION,
    ]


def test_the_system_of_a_router_makes_it_one():
    system = recorded(os="alpine_3_19").of(SYSTEM)
    assert roles(snapshot(os=replace(system, id="openwrt", name="OpenWrt 23.05.3"))) == [Role.ROUTER]
