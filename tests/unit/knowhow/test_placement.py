"""One thing missing is no, one thing nobody can tell is unknown, else yes."""

from dataclasses import replace

from steward.knowhow.placement import Room, Wanted, fit_of, room_of
from tests.unit.knowhow.labs import look
from tests.unit.knowhow.snapshots import GIGABYTE, MEMORY, disk, filesystems, recorded

ROOM = Room(architecture="amd64", processors=4, memory_bytes=4 * GIGABYTE, storage_bytes=100 * GIGABYTE, has_gpu=None)


def test_a_machine_that_has_everything_fits_and_says_what_it_has() -> None:
    fit = fit_of(Wanted(architecture="amd64", processors=2, memory_bytes=GIGABYTE), ROOM)
    assert fit.answer == "yes"
    assert fit.reasons == ("it is amd64", "4 processors", "4.0 GB memory free")


def test_one_thing_missing_is_no_and_only_that_is_told() -> None:
    fit = fit_of(Wanted(architecture="arm64", memory_bytes=GIGABYTE, needs_gpu=True), ROOM)
    assert (fit.answer, fit.reasons) == ("no", ("it is amd64",))


def test_a_machine_is_not_filled_to_the_brim() -> None:
    assert fit_of(Wanted(memory_bytes=4 * GIGABYTE), ROOM).answer == "no"
    assert fit_of(Wanted(memory_bytes=round(3.5 * GIGABYTE)), ROOM).answer == "yes"


def test_what_nobody_can_tell_is_unknown_and_never_yes() -> None:
    assert fit_of(Wanted(needs_gpu=True), ROOM).answer == "unknown"
    assert fit_of(Wanted(needs_gpu=True), replace(ROOM, has_gpu=True)).answer == "yes"
    assert fit_of(Wanted(memory_bytes=1), replace(ROOM, memory_bytes=None)).reasons == ("its memory is not known",)


def test_room_is_what_is_left_and_not_what_is_there() -> None:
    values = dict(recorded(os="debian_12_root").values)
    held = filesystems(disk(50.0), disk(10.0, mount_point="/ro", source="/dev/sdb1", is_read_only=True))
    room = room_of(look(memory=MEMORY, filesystems=held, **values))
    assert room.memory_bytes == MEMORY.available_bytes
    assert room.storage_bytes == 25 * GIGABYTE
    assert room.architecture == "amd64"
    assert room.has_gpu is None


def test_memory_and_other_machines_give_no_room_and_a_card_that_programs_can_use_is_a_gpu() -> None:
    held = filesystems(
        disk(50.0),
        disk(0.0, mount_point="/tmp", source="tmpfs", type="tmpfs"),
        disk(0.0, mount_point="/mnt", source="nas:/srv", type="nfs4"),
    )
    values = dict(recorded(hardware="asrock_rack_with_gpu_root").values)
    room = room_of(look(memory=MEMORY, filesystems=held, **values))
    assert room.storage_bytes == 25 * GIGABYTE
    assert room.has_gpu is True
