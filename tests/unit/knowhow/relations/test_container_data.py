"""Volumes of containers lie on filesystems, of this machine or of another."""

from typing import Any

import pytest

from steward.core.graph import graph_of
from steward.knowhow.facts.container_settings import Mounted
from steward.knowhow.facts.network_mounts import NetworkMount, NetworkMounts
from steward.model.fact import Snapshot
from steward.model.graph import ThingKind, breaks_with
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.labs import edges, lab, look, machine, things, told
from tests.unit.knowhow.plugins import RELATIONS
from tests.unit.knowhow.snapshots import disk, filesystems

SYSTEM = filesystems(disk(10.0), disk(10.0, mount_point="/srv", source="/dev/sdb1"))


def mounted(*sources: str, on: str = "nas", **facts: Any) -> Snapshot:
    mounts = tuple(Mounted(source=source, target="/data", is_writable=True) for source in sources)
    return look(on, **seen(pair("photos", mounts=mounts)).values, filesystems=SYSTEM, **facts)


def share(source: str, mount_point: str = "/mnt/media", kind: str = "nfs4", state: str = "answers") -> NetworkMounts:
    one = NetworkMount(mount_point=mount_point, source=source, type=kind, state=state, error="")
    return NetworkMounts(mounts={mount_point: one})


def test_a_folder_lies_on_the_filesystem_of_the_longest_mount_point() -> None:
    graph = told("container_data", mounted("/srv/photos", "/home/me"))
    assert edges(graph) == {
        "service:nas/photos is stored on volume:nas//srv/photos",
        "service:nas/photos is stored on volume:nas//home/me",
        "volume:nas//srv/photos is stored on storage:nas/filesystem /srv",
        "volume:nas//home/me is stored on storage:nas/filesystem /",
    }


def test_a_named_volume_is_told_by_its_name() -> None:
    graph = told("container_data", mounted("/var/lib/docker/volumes/photos_db/_data"))
    assert set(things(graph)) == {"volume:nas/photos_db"}
    assert "volume:nas/photos_db is stored on storage:nas/filesystem /" in edges(graph)


@pytest.mark.parametrize("source", ["/var/run/docker.sock", "/etc/localtime", "/dev/dri", "/proc", "/", "odd"])
def test_places_of_the_system_hold_no_data(source: str) -> None:
    assert told("container_data", mounted(source)).things == ()


def test_a_mount_from_another_machine_stands_on_that_machine_and_its_filesystem() -> None:
    client = mounted("/mnt/media/photos", on="box", network_mounts=share("nas.lan:/srv/media"))
    server = look(machine("nas", address="nas.lan"), filesystems=SYSTEM)
    assert edges(told("network_mounts", client, server)) == {
        "storage:box/filesystem /mnt/media runs on machine:box",
        "storage:box/filesystem /mnt/media needs machine:nas",
        "storage:box/filesystem /mnt/media is stored on storage:nas/filesystem /srv",
    }
    graph = graph_of(lab(client, server), tuple(RELATIONS.values()))
    assert "service:box/photos" in {link.thing.id for link in breaks_with(graph, "machine:nas")}
    assert "service:box/photos" in {link.thing.id for link in breaks_with(graph, "storage:nas/filesystem /srv")}


def test_a_share_whose_folder_nobody_tells_needs_only_the_machine() -> None:
    client = look("box", network_mounts=share("//nas/media", kind="cifs"))
    graph = told("network_mounts", client, look("nas", filesystems=SYSTEM))
    assert "storage:box/filesystem /mnt/media needs machine:nas" in edges(graph)
    assert not any("stored on" in edge for edge in edges(graph))


def test_a_host_that_is_not_in_our_care_is_told_as_such() -> None:
    graph = told("network_mounts", look("box", network_mounts=share("me@vps.example:/", kind="fuse.sshfs")))
    assert "storage:box/filesystem /mnt/media needs outside:vps.example" in edges(graph)
    assert [thing.name for thing in graph.things if thing.kind is ThingKind.OUTSIDE] == ["vps.example"]


def test_a_mount_that_hangs_is_down_and_not_told_as_a_filesystem_of_its_own() -> None:
    hanging = look(
        "box",
        network_mounts=share("nas:/srv", state="hangs"),
        filesystems=filesystems(disk(10.0, mount_point="/mnt/media", source="nas:/srv", type="nfs4")),
    )
    graph = graph_of(lab(hanging), tuple(RELATIONS.values()))
    assert things(graph)["storage:box/filesystem /mnt/media"] == "down"
