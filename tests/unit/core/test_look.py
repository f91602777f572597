"""Looking: one round trip, and what cannot be read is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.look import Executors, Look, value_at
from steward.lib.record import record
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.fact import Fact, FactUnavailable, Reading, Snapshot
from steward.model.machine import Machine, Transport
from steward.model.wanted import Wanted, wanted_file
from steward.testing.clock import START, MovedClock
from steward.testing.hosts import FakeExecutor, FakeHost
from steward.testing.know_how import FACTS

MACHINE = Machine(id="mch-m1", name="m1", address="10.0.0.1")


class CountingExecutor(FakeExecutor):
    """Counts round trips."""

    trips = 0

    async def read(self, machine, readings):
        self.trips += 1
        return await super().read(machine, readings)


def unreadable(outputs):
    raise FactUnavailable("needs root")


def look(*more: Fact, host: FakeHost | None = None) -> tuple[Look, CountingExecutor]:
    executor = CountingExecutor({"mch-m1": host or FakeHost(settings={"a": "1"})})
    executors = Executors({Transport.SSH: executor})
    return Look(facts=(*FACTS, *more), executors=executors, clock=MovedClock(), redact=str), executor


async def test_every_fact_of_a_machine_travels_in_one_round_trip():
    looking, executor = look()
    snapshot = await looking.at(MACHINE)
    assert executor.trips == 1
    assert set(snapshot.values) == {"os", "settings"}
    assert snapshot.at == START


async def test_only_the_named_facts_are_read():
    looking, _ = look()
    assert set((await looking.at(MACHINE, ["os"])).values) == {"os"}


async def test_readings_of_one_name_in_two_facts_do_not_meet():
    twin = Fact(
        name="twin", summary="", readings=(Reading(name="id", argv=("/bin/setting", "ls")),), parse=lambda o: o["id"]
    )
    looking, _ = look(twin)
    snapshot = await looking.at(MACHINE)
    assert snapshot.values["os"].user_id == 1000
    assert snapshot.values["twin"].stdout == '{"a": "1"}'


async def test_a_fact_that_cannot_be_told_says_why_and_the_others_are_there():
    looking, _ = look(Fact(name="dark", summary="", readings=(), parse=unreadable))
    snapshot = await looking.at(MACHINE)
    assert snapshot.unread == {"dark": "needs root"}
    assert "os" in snapshot.values


async def test_nothing_is_sent_to_a_quarantined_machine():
    looking, executor = look()
    with pytest.raises(NeedsPerson):
        await looking.at(replace(MACHINE, quarantined="its key changed"))
    assert executor.trips == 0


async def test_a_machine_that_does_not_answer_is_an_error_and_no_empty_look():
    looking, _ = look(host=FakeHost(is_reachable=False))
    with pytest.raises(Unreachable):
        await looking.at(MACHINE)


@record
class Deep:
    """Something nested."""

    inner: dict[str, dict[str, int | None]]
    """Nested."""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("inner", "a", "b"), (True, 1)),
        (("inner", "a", "none"), (True, None)),
        (("inner", "a", "x"), (False, None)),
        (("inner", "a", "b", "c"), (False, None)),
        (("nothing",), (False, None)),
    ],
)
def test_a_path_leads_to_a_value_or_says_there_is_none(path, found):
    snapshot = Snapshot(machine=MACHINE, at=START, values={"deep": Deep(inner={"a": {"b": 1, "none": None}})})
    assert value_at(snapshot, "deep", path) == found


def told(outputs):
    return {name: output.stdout for name, output in outputs.items()}


async def test_a_fact_asks_for_what_the_workspace_wants_and_a_caller_may_want_other_things():
    files = Wanted(files={"/etc/a": wanted_file("a"), "/etc/b": wanted_file("b")})
    asking = Fact(
        name="kept",
        summary="",
        readings=(Reading(name="id", argv=("/bin/id", "-u")),),
        parse=told,
        ask=lambda wanted: tuple(Reading(name=path, argv=("/bin/setting", path)) for path in wanted.files),
    )
    _, executor = look()
    executors = Executors({Transport.SSH: executor})
    looking = Look(facts=(asking,), executors=executors, clock=MovedClock(), redact=str, wanted=lambda _machine: files)
    snapshot = await looking.at(MACHINE)
    assert set(snapshot.values["kept"]) == {"id", "/etc/a", "/etc/b"}
    assert snapshot.wanted == files
    other = await looking.at(MACHINE, wanted=Wanted())
    assert set(other.values["kept"]) == {"id"}
    assert executor.trips == 2
