"""No daemon: the last snapshot, and the stop flag."""

from __future__ import annotations

import json
import os
import stat
import subprocess

import pytest

from steward.lib.wire import Problem
from tests.unit.surfaces.cli.daemon import Daemon, ok
from tests.unit.surfaces.cli.results import LINE, STATUS
from tests.unit.surfaces.cli.terminal import Screen, start

STOPPED = {"brake": "stop", "epoch": 3, "since": "2026-03-01T12:00:00Z", "by": "uid-0", "reason": "fire", "until": None}
CALM = {**STATUS, "sentence": "Nothing is wrong.", "findings": [], "machines": STATUS["machines"][:1]}


@pytest.fixture
def snapshot(folder):
    def write(results, as_of="2026-03-01T11:56:00Z"):
        (folder / "snapshot.json").write_text(json.dumps({"as_of": as_of, "results": results}))

    return write


@pytest.mark.parametrize("left_behind", [False, True])
def test_without_a_daemon_status_answers_from_the_snapshot_and_says_so(folder, snapshot, left_behind):
    if left_behind:
        Daemon(folder / "socket").close()
    snapshot({"status": STATUS})
    ended = start(folder, "status")
    assert ended.err.splitlines()[0] == "Steward is not running; this is what it knew 4 min ago"
    assert ended.out.startswith("As of 4 min ago: nginx.service has failed on nuc-2.")
    assert ended.code == 11


def test_an_old_good_answer_is_a_warning_and_never_green(folder, snapshot):
    snapshot({"status": CALM})
    screen = Screen(folder, "status")
    assert screen.end() == 10
    assert "\x1b[32m" not in screen.raw
    assert "As of 4 min ago: Nothing is wrong." in screen.text


def test_lists_come_from_the_snapshot_too(folder, snapshot):
    snapshot({"approvals.ls": {"approvals": [LINE]}})
    ended = start(folder, "approvals", "ls")
    assert ended.code == 0
    assert "K7QM" in ended.out
    assert "not running" in ended.err


def test_json_from_the_snapshot_is_marked_stale(folder, snapshot):
    snapshot({"status": CALM})
    assert json.loads(start(folder, "status", "--json").out)["stale_since"] == "2026-03-01T11:56:00Z"


@pytest.mark.parametrize("words", [("plan", "find-1"), ("approvals", "approve", "K7QM"), ("unit", "restart", "a", "b")])
def test_other_commands_end_with_75_and_the_next_step(folder, snapshot, words):
    snapshot({"status": CALM})
    ended = start(folder, *words)
    assert ended.code == 75
    assert "Steward is not running" in ended.err
    assert "next: steward up" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"as_of": "now", "results": {}}', '{"as_of": "2026-03-01T11:56:00", "results": {}}']
)
def test_a_broken_snapshot_is_no_answer_and_no_traceback(folder, content):
    (folder / "snapshot.json").write_text(content)
    ended = start(folder, "status")
    assert ended.code == 75
    assert "Traceback" not in ended.err


def test_stop_sets_the_flag_without_a_daemon(folder):
    ended = start(folder, "stop", "--reason", "moving house, hunter2")
    assert ended.code == 0
    assert json.loads((folder / "stop").read_text()) == {
        "at": "2026-03-01T12:00:00+00:00",
        "by": f"uid {os.getuid()}",
        "reason": "moving house, *",
    }
    assert "Stop is on" in ended.err
    assert sorted(path.name for path in folder.iterdir()) == ["stop"]


def test_stop_sets_the_flag_before_it_tells_the_daemon(folder, daemon):
    seen = []

    def stop(_request):
        seen.append((folder / "stop").exists())
        return ok(STOPPED)

    daemon.answers["stop"] = stop
    ended = start(folder, "stop")
    assert seen == [True]
    assert ended.code == 0
    assert "Lift it: steward resume" in ended.out


def test_stop_holds_even_when_the_daemon_answers_with_an_error(folder, daemon):
    daemon.answers["stop"] = Problem(kind="TryLater", what="the database is locked", exit_code=75)
    ended = start(folder, "stop")
    assert ended.code == 75
    assert (folder / "stop").exists()
    assert "Stop is on" in ended.err


def test_stop_works_with_a_missing_manifest(folder):
    ended = start(folder, "stop", env={"TEST_MANIFEST": str(folder / "lost.json")})
    assert ended.code == 0
    assert (folder / "stop").exists()


def test_a_dry_run_of_stop_sets_nothing(folder, daemon):
    daemon.answers["stop"] = ok({"preview": "everything would end"})
    ended = start(folder, "stop", "--dry-run")
    assert ended.out == "everything would end\n"
    assert not (folder / "stop").exists()


def test_stop_that_can_set_no_flag_still_tells_the_daemon(folder, daemon):
    (folder / "stop").mkdir()
    daemon.answers["stop"] = ok(STOPPED)
    ended = start(folder, "stop")
    assert ended.code == 0
    assert "the stop flag cannot be set" in ended.err
    assert daemon.last.command == "stop"


@pytest.fixture
def full_disk(folder):
    """A small disk without a free block."""
    disk = folder / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    with pytest.raises(OSError, match="No space left"):
        (disk / "filler").write_bytes(b"x" * 100_000)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_stop_works_on_a_full_disk(full_disk):
    ended = start(full_disk, "stop", "--reason", "full")
    assert ended.code == 0
    assert stat.S_ISREG((full_disk / "stop").stat().st_mode)
