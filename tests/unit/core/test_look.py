"""Looking: one round trip, and what cannot be read is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.look import Executors, Look, value_at
from steward.core.outside import Outside
from steward.lib.record import record
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.fact import Fact, FactUnavailable, Reading, Snapshot, View
from steward.model.machine import Machine, Transport
from steward.model.outside import OutsideRules
from steward.model.question import PortAnswer, PortQuestion, Reach
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


def seen_from_outside(known, rules):
    return (PortQuestion(host=known.machine.address, port=int(known.values["settings"].values["port"])),)


VIEW = Fact(
    name="door",
    summary="",
    view=View(
        needs=("settings",),
        questions=seen_from_outside,
        conclude=lambda answers, rules: [answer.reach.value for answer in answers],
    ),
)


class Doorkeeper:
    """Answers for every port, and remembers for which."""

    def __init__(self):
        self.asked = []

    async def ask(self, question):
        self.asked.append(question)
        return PortAnswer(question=question, reach=Reach.REACHED)


def looking_out(*more: Fact) -> tuple[Look, CountingExecutor, Doorkeeper]:
    executor, keeper = CountingExecutor({"mch-m1": FakeHost(settings={"port": "80"})}), Doorkeeper()
    executors = Executors({Transport.SSH: executor, Transport.NONE: executor})
    outside = Outside(askers={PortQuestion: keeper}, rules=OutsideRules, redact=str)
    facts = (*FACTS, VIEW, *more)
    return Look(facts=facts, executors=executors, clock=MovedClock(), redact=str, outside=outside), executor, keeper


async def test_what_is_learned_from_outside_is_asked_only_when_it_is_named():
    looking, _, keeper = looking_out()
    assert "door" not in (await looking.at(MACHINE)).values
    assert keeper.asked == []


async def test_a_named_view_is_asked_with_what_it_needs_in_one_round_trip():
    looking, executor, keeper = looking_out()
    snapshot = await looking.at(MACHINE, ["door"])
    assert snapshot.values["door"] == ["reached"]
    assert executor.trips == 1
    assert keeper.asked == [PortQuestion(host="10.0.0.1", port=80)]


async def test_with_what_is_known_nothing_is_read_on_the_machine():
    looking, executor, _ = looking_out()
    known = await looking.at(MACHINE, ["settings"])
    snapshot = await looking.from_outside(known, ["door"])
    assert (dict(snapshot.values), executor.trips) == ({"door": ["reached"]}, 1)


async def test_a_mistake_in_the_questions_costs_the_view_alone():
    broken = Fact(name="broken", summary="", view=replace(VIEW.view, questions=lambda known, rules: 1 / 0))
    looking, _, _ = looking_out(broken)
    snapshot = await looking.at(MACHINE, ["door", "broken"])
    assert snapshot.values["door"] == ["reached"]
    assert "a mistake in the fact `broken`" in snapshot.unread["broken"]


async def test_nothing_is_asked_about_a_quarantined_machine():
    looking, _, keeper = looking_out()
    known = await looking.at(MACHINE, ["settings"])
    with pytest.raises(NeedsPerson):
        await looking.from_outside(replace(known, machine=replace(MACHINE, quarantined="its key changed")), ["door"])
    assert keeper.asked == []


async def test_where_nobody_looks_from_outside_that_is_said():
    looking, _ = look(VIEW)
    assert (await looking.at(MACHINE, ["door"])).unread == {"door": "nobody looks from outside here"}


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
