"""Figures and readiness, from a real store."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from steward.core.events import Events
from steward.core.figures import Figures
from steward.core.hooks import Hooks, Outcome
from steward.core.pulse import Pulse
from steward.core.readiness import LOOK, Readiness
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.lib.exposition import written
from steward.lib.redact import Redactor
from steward.model.approval import ApprovalState
from steward.model.risk import Strength
from steward.store import approvals, findings, identity
from steward.store.database import Connection, Database
from steward.testing.clock import MovedClock
from steward.testing.places import MemoryRepository
from tests.databases import NOW
from tests.unit.store import cases


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock(NOW)


@pytest.fixture
def pulse(clock: MovedClock) -> Pulse:
    return Pulse(clock)


@pytest.fixture
def figures(storage: Storage, clock: MovedClock, pulse: Pulse) -> Figures:
    redactor = Redactor()
    hooks = Hooks(
        storage=storage,
        repository=MemoryRepository(),
        secrets=Secrets(vaults=(), redactor=redactor, version_key=b"k" * 32),
        events=Events(clock=clock, redactor=redactor),
        redactor=redactor,
        clock=clock,
    )
    hooks.counts["ci", Outcome.ACCEPTED] = 2
    return Figures(storage=storage, pulse=pulse, hooks=hooks, clock=clock, version="1.2.3")


async def told(figures: Figures) -> dict[str, float]:
    text = written(await figures.families())
    return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.MULTILINE)}


def answer(connection: Connection, number: int, after_seconds: int) -> None:
    approvals.decide(
        connection,
        f"apr-{number}",
        to=ApprovalState.REJECTED,
        by="owner",
        strength=Strength.STEP_UP,
        channel="cli",
        at=NOW + timedelta(seconds=after_seconds),
        reason="",
    )


async def test_an_empty_store_tells_zero_and_not_nothing(figures):
    seen = await told(figures)
    assert seen["steward_approvals_waiting"] == seen["steward_approvals_asked_total"] == 0
    assert seen['steward_runs{state="queued"}'] == seen['steward_findings{severity="down"}'] == 0
    assert seen["steward_queue_lag_seconds"] == seen['steward_brake{brake="stop"}'] == 0


async def test_what_is_in_the_store_is_counted(figures, storage, clock):
    def fill(connection: Connection) -> None:
        cases.propose(connection, 1)
        cases.propose(connection, 2)
        answer(connection, 2, 45)
        found = cases.finding()
        findings.observe(connection, machine="mch-1", checked=("failed_units",), findings=(found,), at=NOW)

    await storage.write(fill)
    clock.advance(60)
    seen = await told(figures)
    assert (seen["steward_approvals_waiting"], seen["steward_approvals_asked_total"]) == (1, 2)
    assert seen["steward_approvals_waiting_age_seconds"] == 60
    assert seen["steward_approvals_asked_last_day"] == 2
    assert seen['steward_findings{severity="down"}'] == 1
    assert seen['steward_hook_deliveries_total{hook="ci",outcome="accepted"}'] == 2
    clock.advance(86_400)
    assert (await told(figures))["steward_approvals_asked_last_day"] == 0


async def test_each_decision_is_counted_once_however_often_somebody_looks(figures, storage):
    await storage.write(cases.propose, 1)
    await storage.write(answer, 1, 45)
    for _ in range(2):
        seen = await told(figures)
    assert seen["steward_approval_decision_seconds_sum"] == 45
    await storage.write(cases.propose, 2)
    await storage.write(answer, 2, 100_000)
    seen = await told(figures)
    buckets = {name: value for name, value in seen.items() if "_bucket" in name}
    assert buckets['steward_approval_decision_seconds_bucket{le="30"}'] == 0
    assert buckets['steward_approval_decision_seconds_bucket{le="60"}'] == 1
    assert buckets['steward_approval_decision_seconds_bucket{le="43200"}'] == 1
    assert buckets['steward_approval_decision_seconds_bucket{le="+Inf"}'] == 2
    assert seen["steward_approval_decision_seconds_count"] == 2


async def test_loops_tell_how_long_they_took_and_how_often_they_failed(figures, pulse, clock):
    for is_done in (True, False):
        began = pulse.time()
        clock.advance(2)
        pulse.beat(LOOK, began=began, is_done=is_done)
    seen = await told(figures)
    assert seen['steward_tick_seconds_sum{tick="look"}'] == 4
    assert seen['steward_tick_seconds_count{tick="look"}'] == 2
    assert seen['steward_tick_failures_total{tick="look"}'] == 1
    assert seen['steward_tick_age_seconds{tick="look"}'] == 2


async def test_the_process_tells_what_it_costs(figures):
    seen = await told(figures)
    assert seen["process_resident_memory_bytes"] > 1_000_000
    assert seen["process_cpu_seconds_total"] > 0
    assert seen["process_open_fds"] > 2


class TestReadiness:
    @pytest.fixture
    def ready(self, storage: Storage, pulse: Pulse, clock: MovedClock) -> Readiness:
        self.are_launched = True
        return Readiness(
            storage=storage,
            pulse=pulse,
            are_jobs_launched=lambda: self.are_launched,
            scan_seconds=60,
            clock=clock,
        )

    async def test_it_is_ready_when_every_part_works(self, ready, pulse):
        pulse.beat(LOOK, began=pulse.time())
        seen = await ready.now()
        assert seen.is_ready
        assert {name: part.is_ready for name, part in seen.parts.items()} == dict.fromkeys(
            ("store", "jobs", "scanner"), True
        )

    async def test_a_scanner_that_never_looked_or_stands_still_is_not_ready(self, ready, pulse, clock):
        assert (await ready.now()).parts["scanner"].says == "has not looked yet"
        pulse.beat(LOOK, began=pulse.time())
        clock.advance(149)
        assert (await ready.now()).is_ready
        clock.advance(3)
        assert not (await ready.now()).is_ready

    async def test_jobs_that_are_not_launched_are_not_ready(self, ready, pulse):
        pulse.beat(LOOK, began=pulse.time())
        self.are_launched = False
        assert [name for name, part in (await ready.now()).parts.items() if not part.is_ready] == ["jobs"]

    async def test_a_store_that_takes_no_writes_is_not_ready_until_it_does(self, ready, pulse, clock, storage, world):
        pulse.beat(LOOK, began=pulse.time())
        impatient = Storage(Database(world.database_url, wait_seconds=0.1))
        ready._storage = impatient
        with storage.database.write() as connection:
            identity.touch(connection)
            seen = await ready.now()
        assert (seen.is_ready, seen.parts["store"].says) == (False, "the store is busy")
        assert await ready.now() is seen
        clock.advance(3)
        assert (await ready.now()).is_ready
        impatient.close()
