"""Too little memory, and what the kernel killed because of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.memory import OutOfMemoryKill
from steward.model.finding import Severity
from tests.unit.knowhow.snapshots import MEMORY, NOW, found_by, recorded, snapshot


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, None),
        ({"available_percent": 9.9}, Severity.WATCH),
        ({"available_percent": 4.9}, Severity.WARNING),
        ({"waiting_percent": 25.0}, Severity.WARNING),
        ({"stalled_percent": 25.0, "waiting_percent": 40.0}, Severity.DOWN),
        ({"waiting_percent": None, "stalled_percent": None}, None),
    ],
)
def test_memory_is_judged_by_what_is_left_and_by_waiting(changes: dict[str, float], severity: Severity) -> None:
    found = found_by("low_memory", snapshot(memory=replace(MEMORY, **changes)))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_a_machine_full_of_zfs_cache_is_not_short_of_memory() -> None:
    assert found_by("low_memory", recorded(memory="proxmox_zfs_cache")) == {}


def test_kills_of_the_last_day_are_a_warning_with_the_kernels_words() -> None:
    found = found_by("out_of_memory_kills", recorded(memory="out_of_memory_kills"))["memory"]
    assert found.title == "m1 ran out of memory: 2 kills in 24 hours"
    assert any("(java)" in str(one.value) for one in found.evidence)


def test_an_old_kill_is_no_finding() -> None:
    kill = OutOfMemoryKill(at=NOW - timedelta(days=2), line="Out of memory: Killed process 1 (x)")
    assert found_by("out_of_memory_kills", snapshot(memory=replace(MEMORY, kill_count=1, kills=(kill,)))) == {}


def test_a_kill_of_unknown_time_is_only_worth_knowing() -> None:
    unread = replace(MEMORY, kill_count=3, kills=None)
    assert found_by("out_of_memory_kills", snapshot(memory=unread))["memory"].severity is Severity.WATCH
    system = recorded(os="debian_12_root").values["os"]
    assert found_by("out_of_memory_kills", snapshot(memory=unread, os=system))["memory"].severity is Severity.WARNING
