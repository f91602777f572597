"""Cleaning the journal and the package cache, and the shell."""

import pytest

from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from tests.unit.knowhow.snapshots import GIGABYTE, MEGABYTE, disk, filesystems, journal, packages, snapshot
from tests.unit.knowhow.test_plugins import blueprint


def vacuum(keep: int, archived: int = 80, disk_size: int = GIGABYTE):
    seen = snapshot(journal=journal(archived), filesystems=filesystems(disk(95.0, disk_size)))
    return blueprint("journal.vacuum", {"keep_megabytes": keep}, seen)


def test_a_vacuum_says_exactly_what_is_lost() -> None:
    made = vacuum(40)
    assert made.action.argv == ("/usr/bin/journalctl", "--vacuum-size=40M")
    assert made.risk is Risk.DESTRUCTIVE
    assert not made.undo.is_possible
    assert made.bytes_touched == 48 * MEGABYTE
    assert "removes up to 6 archived files, 48.0 MB, from /var/log/journal/0123" in made.effects
    assert any("older than 2026-10-06 00:00 UTC are lost" in effect for effect in made.effects)


def test_a_vacuum_goes_stale_when_much_more_would_be_lost_than_was_shown() -> None:
    least, most = vacuum(40).preconditions
    assert least.expected == 40 * MEGABYTE
    assert most.expected == 104 * MEGABYTE


def test_the_disk_is_proof_only_where_the_difference_can_be_seen() -> None:
    assert [probe.path[-1] for probe in vacuum(40).verify] == ["archived_bytes", "used_percent"]
    assert [probe.path[-1] for probe in vacuum(40, disk_size=500 * GIGABYTE).verify] == ["archived_bytes"]


@pytest.mark.parametrize("keep", [0, -5, 1_000_000])
def test_a_vacuum_that_sudo_would_not_allow_is_refused(keep: int) -> None:
    with pytest.raises(InvalidInput, match="keep_megabytes"):
        vacuum(keep)


def test_a_vacuum_that_removes_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing of the journal"):
        vacuum(88)


@pytest.mark.parametrize(
    "seen", [snapshot(), snapshot(packages=packages(0)), snapshot(packages=packages(9, manager="apk"))]
)
def test_a_cache_that_cannot_be_cleaned_is_refused(seen) -> None:
    with pytest.raises(InvalidInput):
        blueprint("packages.clean_cache", {}, seen)


@pytest.mark.parametrize(
    ("manager", "argv"),
    [
        ("apt", ("/usr/bin/apt-get", "clean")),
        ("dnf", ("/usr/bin/dnf", "clean", "packages")),
        ("pacman", ("/usr/bin/pacman", "-Sc", "--noconfirm")),
    ],
)
def test_each_package_manager_is_told_in_its_own_words(manager: str, argv: tuple[str, ...]) -> None:
    seen = snapshot(packages=packages(100, manager=manager), filesystems=filesystems(disk(95.0, GIGABYTE)))
    made = blueprint("packages.clean_cache", {}, seen)
    assert made.action.argv == argv
    assert [probe.expected for probe in made.verify] == [100 * MEGABYTE, 95.0]
    assert not made.undo.is_possible


def test_a_script_runs_exactly_as_written_and_without_root() -> None:
    script = "df -h; echo \"$HOME\" 'x'"
    made = blueprint("shell.run", {"script": script, "reason": "look"}, snapshot())
    assert made.action.argv == ("/bin/sh", "-c", script)
    assert not made.action.needs_root
    assert not made.undo.is_possible


@pytest.mark.parametrize(("script", "reason"), [("", "why"), ("ls", "  "), ("a\0b", "why"), ("x" * 9000, "why")])
def test_a_script_that_nobody_can_read_is_refused(script: str, reason: str) -> None:
    with pytest.raises(InvalidInput):
        blueprint("shell.run", {"script": script, "reason": reason}, snapshot())
