"""Files of a folder, with the kernel's own watcher and real files."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest

from steward.adapters.event_sources.files import PLUGIN
from steward.adapters.event_sources.files.placing import NotPlaced, Placing, place
from steward.model.errors import Braked, NeedsPerson
from steward.model.watches import FileChange, FileWatch
from tests.unit.adapters.event_sources.hearing import PATIENCE_SECONDS, Heard, around, following

EVERY = tuple(FileChange)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def source(folder: Path, *, surroundings: dict[str, Any] | None = None, **fields: Any) -> Any:
    watch = FileWatch(folder=str(folder), **{"settle_seconds": 0, "events": EVERY, **fields})
    return PLUGIN.build(watch, around(**(surroundings or {})))


def told(heard: Heard) -> list[tuple[str, str]]:
    return [(one.data["change"], one.data["name"]) for one in heard.news]


async def test_a_file_is_told_when_it_comes_changes_moves_and_goes(inbox: Path) -> None:
    (inbox / "deep").mkdir()
    async with following(source(inbox), Heard()) as heard:
        (inbox / "deep" / "a.pdf").write_text("one")
        await heard.count(1)
        (inbox / "deep" / "a.pdf").write_text("another")
        await heard.count(2)
        (inbox / "deep" / "a.pdf").rename(inbox / "b.pdf")
        await heard.count(3)
        (inbox / "b.pdf").unlink()
        await heard.count(4)
    assert told(heard) == [("created", "a.pdf"), ("changed", "a.pdf"), ("moved", "b.pdf"), ("gone", "b.pdf")]
    assert heard.news[2].data["before"] == str(inbox / "deep" / "a.pdf")


async def test_what_came_while_nobody_followed_is_found_and_what_was_told_is_not_told_again(inbox: Path) -> None:
    async with following(source(inbox), Heard()) as heard:
        (inbox / "a.txt").write_text("one")
        await heard.count(1)
    (inbox / "b.txt").write_text("two")
    async with following(source(inbox), Heard(heard.memory)) as again:
        await again.count(1)
    assert told(again) == [("created", "b.txt")]


async def test_what_lay_there_at_the_very_first_look_is_told_only_when_asked_for(inbox: Path) -> None:
    (inbox / "old.txt").write_text("old")
    async with following(source(inbox), Heard()) as heard:
        (inbox / "new.txt").write_text("new")
        await heard.count(1)
    assert told(heard) == [("created", "new.txt")]
    async with following(source(inbox, has_older=True), Heard()) as all_of_it:
        await all_of_it.count(2)
    assert {name for _, name in told(all_of_it)} == {"old.txt", "new.txt"}


async def test_a_file_that_is_still_written_waits_until_it_is_left_alone(inbox: Path) -> None:
    async with following(source(inbox, settle_seconds=2, events=(FileChange.CREATED,)), Heard()) as heard:
        with (inbox / "scan.pdf").open("w") as file:
            for _ in range(3):
                file.write("page " * 100)
                file.flush()
                await heard.until(lambda: True)
        await heard.count(1)
    assert [one.data["bytes"] for one in heard.news] == [1500]


async def test_hidden_and_unfinished_names_links_and_other_patterns_do_not_count(inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.pdf"
    secret.write_text("keep out")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far.pdf").write_text("far")
    async with following(source(inbox, patterns=("*.pdf",)), Heard()) as heard:
        (inbox / "link.pdf").symlink_to(secret)
        (inbox / "folder").symlink_to(outside)
        (inbox / ".hidden.pdf").write_text("x")
        (inbox / "half.pdf.part").write_text("x")
        (inbox / "note.txt").write_text("x")
        (inbox / "real.pdf").write_text("x")
        await heard.count(1)
    assert told(heard) == [("created", "real.pdf")]


async def test_a_folder_that_comes_later_is_followed_from_then_on(tmp_path: Path) -> None:
    later = tmp_path / "later"

    class Quick:
        def __init__(self) -> None:
            self.clock = around().clock

        def __getattr__(self, name: str) -> Any:
            return getattr(self.clock, name)

        async def sleep(self, _seconds: float) -> None:
            await self.clock.sleep(0.05)

    async with following(source(later, surroundings={"clock": Quick()}), Heard()) as heard:
        later.mkdir()
        (later / "first.txt").write_text("x")
        await heard.count(1)
    assert told(heard) == [("created", "first.txt")]


async def test_a_settled_file_is_moved_whole_and_told_from_where_it_lies_then(inbox: Path, tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.mkdir()
    async with following(source(inbox, move_to=str(done)), Heard()) as heard:
        (inbox / "a.txt").write_text("one")
        await heard.count(1)
    assert heard.news[0].data["placed"] == str(done / "a.txt")
    assert heard.news[0].did == f"moved {inbox / 'a.txt'} to {done / 'a.txt'}"
    assert (done / "a.txt").read_text() == "one"
    assert [*inbox.iterdir()] == []
    assert told(heard) == [("created", "a.txt")]


async def test_a_file_of_the_same_name_is_never_overwritten_and_the_trouble_is_told(
    inbox: Path, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    done.mkdir()
    (done / "a.txt").write_text("was here first")
    async with following(source(inbox, copy_to=str(done)), Heard()) as heard:
        (inbox / "a.txt").write_text("one")
        await heard.count(1)
    assert "another file of this name" in heard.news[0].data["trouble"]
    assert (done / "a.txt").read_text() == "was here first"
    assert (inbox / "a.txt").read_text() == "one"


async def test_what_was_written_down_before_a_crash_is_placed_and_told_once(inbox: Path, tmp_path: Path) -> None:
    done = tmp_path / "done"
    done.mkdir()
    for name, is_done in (("half.txt", False), ("whole.txt", True)):
        (inbox / name).write_text(name)
        seen = (inbox / name).stat()
        place_it = Placing(
            folder=str(inbox),
            path=name,
            stamp=(seen.st_size, seen.st_mtime_ns, seen.st_ino),
            target=str(done),
            is_move=True,
        )
        if is_done:
            place(place_it)
    stamps = {}
    for name, folder in (("half.txt", inbox), ("whole.txt", done)):
        seen = (folder / name).stat()
        stamps[name] = f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ino}"
    memory = {"known": {"half.txt": stamps["half.txt"]}, "placing": stamps}
    async with following(source(inbox, move_to=str(done)), Heard(memory)) as heard:
        await heard.count(2)
    assert {one.data["placed"] for one in heard.news} == {str(done / "half.txt"), str(done / "whole.txt")}
    assert sorted(path.name for path in done.iterdir()) == ["half.txt", "whole.txt"]
    assert [*inbox.iterdir()] == []


async def test_nothing_is_placed_while_a_brake_is_on(inbox: Path, tmp_path: Path) -> None:
    async def braked() -> None:
        raise Braked("a brake is on")

    (inbox / "a.txt").write_text("one")
    done = tmp_path / "done"
    done.mkdir()
    follow = source(inbox, has_older=True, move_to=str(done), surroundings={"may_act": braked})
    with pytest.raises(Braked):
        async with following(follow, Heard()) as heard:
            await heard.count(1)
    assert (inbox / "a.txt").exists()


async def test_a_brake_between_two_files_leaves_the_second_where_it_is_and_loses_no_news(
    inbox: Path, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def braked_at_the_third() -> None:
        asked.append("may I")
        if len(asked) == 3:
            raise Braked("a brake is on")

    done = tmp_path / "done"
    done.mkdir()
    (inbox / "old.txt").write_text("old")
    async with following(source(inbox, copy_to=str(done), has_older=True), Heard()) as heard:
        await heard.count(1)
    (inbox / "old.txt").unlink()
    (inbox / "a.txt").write_text("one")
    (inbox / "b.txt").write_text("two")
    follow = source(inbox, copy_to=str(done), surroundings={"may_act": braked_at_the_third})
    braked = Heard(heard.memory)
    with pytest.raises(Braked):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await follow.follow(braked.memory, braked.tell)
    assert [one.data["change"] for one in braked.news] == ["gone"]
    assert sorted(path.name for path in done.iterdir()) == ["a.txt", "old.txt"]
    async with following(source(inbox, copy_to=str(done)), Heard(braked.memory)) as after:
        await after.count(2)
    assert sorted(one.data["name"] for one in after.news) == ["a.txt", "b.txt"]
    assert sorted(path.name for path in done.iterdir()) == ["a.txt", "b.txt", "old.txt"]


async def test_folders_of_steward_itself_are_left_alone_also_behind_a_link(inbox: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (tmp_path / "innocent").symlink_to(keys)
    follow = source(inbox, copy_to=str(tmp_path / "innocent"), surroundings={"own_folders": (str(keys),)})
    with pytest.raises(NeedsPerson, match="Steward's own folders"):
        await follow.follow({}, Heard().tell)


def _placing(inbox: Path, target: Path, path: str, *, is_move: bool = True) -> Placing:
    seen = (inbox / path).stat()
    stamp = (seen.st_size, seen.st_mtime_ns, seen.st_ino)
    return Placing(folder=str(inbox), path=path, stamp=stamp, target=str(target), is_move=is_move)


def test_a_file_that_became_a_link_meanwhile_is_not_followed(inbox: Path, tmp_path: Path) -> None:
    (inbox / "sub").mkdir()
    (inbox / "sub" / "a.txt").write_text("mine")
    placing = _placing(inbox, tmp_path, "sub/a.txt")
    elsewhere = tmp_path / "elsewhere"
    (inbox / "sub").rename(elsewhere)
    (inbox / "sub").symlink_to(elsewhere)
    with pytest.raises(NotPlaced):
        place(placing)
    assert (elsewhere / "a.txt").exists()
    assert not (tmp_path / "a.txt").exists()


def test_a_file_that_changed_after_it_settled_stays(inbox: Path, tmp_path: Path) -> None:
    (inbox / "a.txt").write_text("one")
    placing = _placing(inbox, tmp_path, "a.txt", is_move=False)
    (inbox / "a.txt").write_text("longer than it was")
    with pytest.raises(NotPlaced, match="changed meanwhile"):
        place(placing)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second filesystem at /dev/shm")
def test_a_move_to_another_filesystem_copies_first_and_leaves_nothing_half(inbox: Path) -> None:
    target = Path(tempfile.mkdtemp(prefix="steward-test-", dir="/dev/shm"))
    try:
        (inbox / "big.bin").write_bytes(b"x" * 3_000_000)
        seen = (inbox / "big.bin").stat()
        place(_placing(inbox, target, "big.bin"))
        assert [path.name for path in target.iterdir()] == ["big.bin"]
        there = (target / "big.bin").stat()
        assert (there.st_size, there.st_mtime_ns) == (seen.st_size, seen.st_mtime_ns)
        assert [*inbox.iterdir()] == []
    finally:
        for path in target.iterdir():
            path.unlink()
        target.rmdir()
