"""Numbers kept over time: which services count, which filesystems, and that every ending that is told exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from steward.model.fact import Fact
from tests.unit.knowhow.facts.test_cases import CASES, read
from tests.unit.knowhow.plugins import FACTS
from tests.unit.knowhow.snapshots import container, containers, disk, filesystems, unit, units

THEN = datetime(2026, 11, 1, tzinfo=UTC)
WITH_SERIES = [name for name, fact in FACTS.items() if fact.series]


def told(name: str, value: object) -> dict[str, float]:
    samples = FACTS[name].samples
    assert samples is not None
    return dict(samples(value))


def every_number(fact: Fact[object]) -> set[str]:
    names: set[str] = set()
    for path in CASES:
        case, readings = read(path)
        if path.parent.name == fact.name and "expected" in case:
            names |= set(told(fact.name, fact.parse(readings)))
    return names


@pytest.mark.parametrize("name", WITH_SERIES)
def test_what_is_told_of_an_ending_is_about_numbers_that_exist(name: str):
    known = {number.rpartition(" ")[2] for number in every_number(FACTS[name])}
    for each in FACTS[name].series:
        assert {ending for ending in (each.ending, each.whole, each.room) if ending} <= known
        assert not (each.whole and not each.is_counter)
    assert len({each.ending for each in FACTS[name].series}) == len(FACTS[name].series)


def test_a_container_is_up_when_it_runs_and_is_not_unhealthy():
    value = containers(
        container(name="web"),
        container(name="sick", health="unhealthy"),
        container(name="loop", state="restarting"),
        container(name="off", state="exited", restart_policy="always", started_at=THEN),
        container(name="job", state="exited", restart_policy="no", started_at=THEN),
        container(name="new", state="created", restart_policy="always", started_at=None),
    )
    assert told("containers", value) == {"web up": 1.0, "sick up": 0.0, "loop up": 0.0, "off up": 0.0}


def test_a_service_counts_when_it_starts_by_itself_and_stays():
    web = unit("web.service", file_state="enabled")
    value = units(
        web,
        replace(web, name="broken.service", active_state="failed"),
        replace(web, name="ended.service", active_state="inactive", changed_at=THEN),
        replace(web, name="unmet.service", active_state="inactive", changed_at=None),
        replace(web, name="once.service", type="oneshot"),
        replace(web, name="by-hand.service", file_state="disabled"),
        replace(web, name="woken.service", triggered_by=("woken.socket",)),
        replace(web, name="getty@tty1.service"),
        replace(web, name="web.socket"),
    )
    assert told("units", value) == {"web.service up": 1.0, "broken.service up": 0.0, "ended.service up": 0.0}


def test_what_every_container_mounts_in_memory_is_not_kept():
    root = disk(50.0)
    shared = replace(root, mount_point="/var/lib/containers/ab/shm", source="shm", type="tmpfs")
    short = replace(shared, mount_point="/tmp", source="tmpfs")
    names = told("filesystems", filesystems(root, shared, short))
    assert {name.rpartition(" ")[0] for name in names} == {root.mount_point, "/tmp"}
