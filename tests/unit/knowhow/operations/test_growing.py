"""Growing a filesystem, having a unit run, and telling whether a restart is wanted."""

from dataclasses import replace

import pytest

from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import GIGABYTE, disk, filesystems, snapshot, unit, units
from tests.unit.knowhow.test_plugins import allows, blueprint
from tests.unit.knowhow.uses_workflows import DEVICES


def seen(devices=DEVICES, **changes):
    return snapshot(backing_devices=devices, filesystems=filesystems(disk(80.0, 50 * GIGABYTE, **changes)))


def test_a_filesystem_is_planned_to_grow_before_its_device_did() -> None:
    small = replace(DEVICES, places={"/": replace(DEVICES.places["/"], bytes=50 * GIGABYTE)})
    made = blueprint("filesystem.grow", {"place": "/"}, seen(small))
    assert made.action.argv == ("/usr/sbin/resize2fs", "/dev/sda1")
    assert made.verify[0].expected == 50 * GIGABYTE
    assert made.risk is Risk.DESTRUCTIVE
    assert not made.undo.is_possible


def test_xfs_is_told_the_place_and_ext4_the_device() -> None:
    xfs = replace(
        DEVICES,
        places={"/": replace(DEVICES.places["/"], type="xfs")},
        grow_programs={"xfs": "/usr/sbin/xfs_growfs"},
    )
    made = blueprint("filesystem.grow", {"place": "/"}, seen(xfs))
    assert made.action.argv == ("/usr/sbin/xfs_growfs", "/")
    assert allows(OPERATIONS["filesystem.grow"].sudoers, made.action.argv)


@pytest.mark.parametrize(
    ("given", "place", "why"),
    [
        (snapshot(), "/", "cannot work on"),
        (snapshot(backing_devices=DEVICES), "/", "cannot work on filesystems"),
        (seen(), "/srv/nothing", "there is no ext4 or xfs"),
        (seen(is_read_only=True), "/", "read-only"),
        (seen(replace(DEVICES, grow_programs={})), "/", "not installed"),
        (seen(replace(DEVICES, grow_programs={"ext4": "/tmp/resize2fs"})), "/", "not installed"),
        (
            seen(replace(DEVICES, places={"/": replace(DEVICES.places["/"], device="/dev/../etc/x")})),
            "/",
            "device is unusual",
        ),
    ],
)
def test_what_could_not_be_grown_or_proven_is_refused(given, place: str, why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint("filesystem.grow", {"place": place}, given)
    assert why in str(raised.value)


@pytest.mark.parametrize("word", ["/etc/passwd", "/dev/../etc/passwd", "-f /dev/sda1", "/dev/sda1 1G"])
def test_sudo_lets_nothing_else_be_resized(word: str) -> None:
    assert not allows(OPERATIONS["filesystem.grow"].sudoers, ("/usr/sbin/resize2fs", *word.split(" ")))


@pytest.mark.parametrize(("state", "undo"), [("active", 0), ("inactive", 1), ("failed", 1)])
def test_a_unit_is_had_to_run_whatever_its_state_and_stopped_again_only_where_it_was_off(state: str, undo: int) -> None:
    made = blueprint("unit.ensure_active", {"unit": "nginx.service"}, snapshot(units=units(unit(active_state=state))))
    assert made.action.argv == ("/usr/bin/systemctl", "start", "nginx.service")
    assert len(made.undo.actions) == undo
    assert [probe.path[-1] for probe in made.preconditions] == ["name"]


def test_telling_whether_a_restart_is_wanted_changes_nothing() -> None:
    made = blueprint("machine.tell_restart", {}, snapshot())
    assert not made.action.needs_root
    assert made.undo.is_possible
    assert made.undo.actions == ()
