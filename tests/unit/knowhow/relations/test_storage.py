"""From a service's folder down to the disk, and which disk may go alone."""

from typing import Any

import pytest

from steward.core.graph import graph_of
from steward.knowhow.facts.disks import Disk, Disks
from steward.knowhow.facts.pools import Device, Pool, Pools
from steward.knowhow.facts.volumes import Group, Volume, Volumes
from steward.knowhow.storage_layers import disk_keyed, logical_volume
from steward.model.graph import breaks_with, stands_on
from tests.unit.knowhow.labs import edges, lab, look, told
from tests.unit.knowhow.plugins import RELATIONS
from tests.unit.knowhow.snapshots import disk as filesystem
from tests.unit.knowhow.snapshots import filesystems, recorded


def disk(name: str, serial: str = "", wwn: str = "") -> Disk:
    return Disk(
        name=name, model="WD Red", serial=serial, wwn=wwn, firmware="", size_bytes=4 * 10**12, is_rotating=True,
        is_removable=False, is_virtual=False, can_discard=False, transport="ata", port="", state="running",
    )  # fmt: skip


def disks(*found: Disk) -> Disks:
    return Disks(disks={one.serial or one.name: one for one in found})


def pool(name: str, *devices: str, health: str = "ONLINE") -> Pools:
    made = {
        each: Device(name=each, state="ONLINE", read_errors=0, write_errors=0, checksum_errors=0, note="")
        for each in (name, *devices)
    }
    nothing: dict[str, Any] = dict.fromkeys(("used_percent", "free_bytes", "fragmentation_percent", "created_at"))
    empty: dict[str, Any] = dict.fromkeys(("says", "scan", "scan_kind", "scan_state"), "")
    one = Pool(
        name=name, health=health, size_bytes=10**13, scan_at=None, data_errors=0, checkpoint_at=None, devices=made,
        **nothing, **empty,
    )  # fmt: skip
    return Pools(program="/sbin/zpool", pools={name: one})


MIRROR = pool("tank", "mirror-0", "ata-WDC_WD40_WD-1111-part1", "sdb")
TWO = disks(disk("sda", "WD-1111"), disk("sdb", "WD-2222"))


def test_a_dataset_lies_on_its_pool_and_the_pool_on_its_disks_either_of_which_may_go() -> None:
    tank = filesystem(20.0, mount_point="/tank/photos", source="tank/photos", type="zfs")
    look_at = look(pools=MIRROR, disks=TWO, filesystems=filesystems(tank))
    assert "storage:nas/filesystem /tank/photos is stored on storage:nas/pool tank" in edges(
        told("filesystems", look_at)
    )
    assert edges(told("storage", look_at)) == {
        "storage:nas/pool tank is stored on storage:nas/disk WD-1111 *",
        "storage:nas/pool tank is stored on storage:nas/disk WD-2222 *",
    }
    graph = graph_of(lab(look_at), tuple(RELATIONS.values()))
    assert breaks_with(graph, "storage:nas/disk WD-1111") == ()
    assert [link.thing.id for link in breaks_with(graph, "storage:nas/pool tank")] == [
        "storage:nas/filesystem /tank/photos"
    ]
    assert "storage:nas/disk WD-2222" in {
        link.thing.id for link in stands_on(graph, "storage:nas/filesystem /tank/photos")
    }


def test_the_only_disk_takes_pool_and_filesystem_with_it() -> None:
    look_at = look(
        pools=pool("tank", "sda"),
        disks=disks(disk("sda", "WD-1111")),
        filesystems=filesystems(filesystem(20.0, mount_point="/tank", source="tank", type="zfs")),
    )
    graph = graph_of(lab(look_at), tuple(RELATIONS.values()))
    assert [(link.thing.id, link.distance) for link in breaks_with(graph, "storage:nas/disk WD-1111")] == [
        ("storage:nas/pool tank", 1),
        ("storage:nas/filesystem /tank", 2),
    ]


def test_a_machine_stands_on_its_root_and_falls_with_the_disk_below() -> None:
    look_at = look(disks=disks(disk("sda", "WD-1111")), filesystems=filesystems(filesystem(20.0)))
    graph = graph_of(lab(look_at), tuple(RELATIONS.values()))
    assert [link.thing.id for link in breaks_with(graph, "storage:nas/disk WD-1111")] == [
        "storage:nas/filesystem /",
        "machine:nas",
    ]


def test_a_mirror_of_mdadm_lies_on_disks_that_may_go_alone() -> None:
    seen = recorded(arrays="debian_12_healthy").values["arrays"]
    names = {member.rstrip("0123456789") for one in seen.arrays.values() for member in one.members}  # type: ignore[attr-defined]
    look_at = look(
        arrays=seen,
        disks=disks(*(disk(name, f"S-{name}") for name in names)),
        filesystems=filesystems(filesystem(1.0, mount_point="/srv", source="/dev/md0")),
    )
    assert "storage:nas/filesystem /srv is stored on storage:nas/array md0" in edges(told("filesystems", look_at))
    made_of = edges(told("storage", look_at))
    assert made_of
    assert all(edge.endswith(" *") for edge in made_of)


def test_a_logical_volume_lies_on_its_group() -> None:
    volume = Volume(
        group="vg-0", name="root-fs", kind="linear", size_bytes=1, pool="", origin="", data_percent=None,
        metadata_percent=None, health="", is_invalid=False, is_active=True,
    )  # fmt: skip
    group = Group(name="vg-0", size_bytes=10, free_bytes=5, missing_disks=0)
    found = Volumes(groups={"vg-0": group}, volumes={"vg-0/root-fs": volume})
    assert logical_volume(found, "/dev/mapper/vg--0-root--fs") == "vg-0/root-fs"
    assert logical_volume(found, "/dev/vg-0/root-fs") == "vg-0/root-fs"
    assert logical_volume(found, "/dev/sda1") is None
    mounted = filesystem(1.0, mount_point="/srv", source="/dev/mapper/vg--0-root--fs")
    graph = told("filesystems", look(volumes=found, filesystems=filesystems(mounted)))
    assert "storage:nas/filesystem /srv is stored on storage:nas/volume group vg-0" in edges(graph)
    assert graph.things[0].resources == ("filesystem /srv", "volume vg-0/root-fs")


@pytest.mark.parametrize(
    ("device", "key"),
    [
        ("sda", "WD-1111"),
        ("sda3", "WD-1111"),
        ("/dev/sda1", "WD-1111"),
        ("sdaa1", None),
        ("nvme0n1p2", "S4"),
        ("nvme0n12", None),
        ("nvme-eui.0025385791b04a13-part3", "S4"),
        ("ata-WDC_WD40EFRX-68N32N0_WD-1111-part1", "WD-1111"),
        ("wwn-0x50014ee2bf000001", "WD-1111"),
        ("12649437218219711453", None),
        ("mirror-0", None),
    ],
)
def test_a_device_is_recognized_by_name_serial_number_or_world_wide_name(device: str, key: str | None) -> None:
    known = disks(disk("sda", "WD-1111", "0x50014ee2bf000001"), disk("nvme0n1", "S4", "eui.0025385791b04a13"))
    assert disk_keyed(known, device) == key
