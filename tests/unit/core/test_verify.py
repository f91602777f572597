"""Asking probes: yes, no, or nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from steward.model.probe import Comparison, Probe, ProbeKind
from steward.testing.stage import Core, World

PROBE = Probe(machine="mch-m1", says="a is 1", fact="settings", path=("values", "a"), expected="1")
LINE = Probe(machine="mch-m1", says='[SETTING a] == "1"', kind=ProbeKind.LINE, line='[SETTING a] == "1"')
PORT = Probe(machine="mch-m1", says="port 80 answers", kind=ProbeKind.TCP, port=80)


@pytest.mark.parametrize(("value", "holds"), [("1", True), ("2", False), (None, False)])
async def test_a_fact_is_asked_of_the_machine_itself(core: Core, world: World, value, holds):
    world.host().settings = {"a": value} if value else {}
    (result,) = await core.prober.once([PROBE])
    assert (result.holds, result.seen) == (holds, value or "absent")


@pytest.mark.parametrize(("value", "holds"), [("1", False), (None, True)])
async def test_absence_can_be_asked_for(core: Core, world: World, value, holds):
    world.host().settings = {"a": value} if value else {}
    (result,) = await core.prober.once([replace(PROBE, comparison=Comparison.ABSENT)])
    assert result.holds is holds


async def test_a_machine_that_does_not_answer_makes_it_unknown_and_never_a_yes_or_no(core: Core, world: World):
    world.host().is_reachable = False
    (result,) = await core.prober.once([PROBE])
    assert result.holds is None
    assert "does not answer" in result.seen


async def test_a_machine_that_left_the_inventory_makes_it_unknown(core: Core):
    (result,) = await core.prober.once([replace(PROBE, machine="mch-gone")])
    assert result.holds is None


@pytest.mark.parametrize("answers", [True, False])
async def test_a_port_is_dialed_from_here(core: Core, world: World, answers: bool):
    world.dialer.answering = {("10.0.0.1", 80)} if answers else set()
    closed = replace(PORT, comparison=Comparison.ABSENT)
    results = await core.prober.once([PORT, closed])
    assert [result.holds for result in results] == [answers, not answers]


async def test_one_dead_machine_leaves_the_answers_of_the_others(worlds: Callable[..., World]):
    world = worlds(machines=("m1", "m2"))
    core = world.start()
    world.host("m1").is_reachable = False
    world.host("m2").settings = {"a": "1"}
    on_m2 = replace(PROBE, machine="mch-m2")
    results = await core.prober.once([PROBE, on_m2, PROBE])
    assert [(result.probe.machine, result.holds) for result in results] == [
        ("mch-m1", None),
        ("mch-m2", True),
        ("mch-m1", None),
    ]
    core.close()


async def test_it_is_asked_until_it_holds(core: Core, world: World):
    started = world.clock.monotonic()

    def appear():
        if world.clock.monotonic() - started >= 3:
            world.host().settings["a"] = "1"

    _on_sleep(world, appear)
    (result,) = await core.prober.settled([replace(PROBE, within_seconds=10)])
    assert result.holds is True
    assert world.clock.monotonic() - started == 3


async def test_it_is_not_asked_longer_than_it_may_take(core: Core, world: World):
    started = world.clock.monotonic()
    (result,) = await core.prober.settled([replace(PROBE, within_seconds=10)])
    assert result.holds is False
    assert world.clock.monotonic() - started == 10


async def test_what_holds_must_go_on_holding(core: Core, world: World):
    world.host().settings["a"] = "1"
    started = world.clock.monotonic()

    def fall():
        if world.clock.monotonic() - started >= 4:
            world.host().settings["a"] = "crashed again"

    _on_sleep(world, fall)
    (result,) = await core.prober.settled([replace(PROBE, hold_seconds=10)])
    assert (result.holds, result.seen) == (False, "crashed again")


async def test_what_holds_long_enough_is_proven(core: Core, world: World):
    world.host().settings["a"] = "1"
    started = world.clock.monotonic()
    (result,) = await core.prober.settled([replace(PROBE, hold_seconds=10)])
    assert result.holds is True
    assert world.clock.monotonic() - started == 10


async def test_no_probes_give_no_proof(core: Core):
    assert await core.prober.settled([]) == ()


def _on_sleep(world: World, tick: Callable[[], None]) -> None:
    asleep = world.clock.sleep

    async def sleep(seconds: float) -> None:
        await asleep(seconds)
        tick()

    world.clock.sleep = sleep


@pytest.mark.parametrize(("value", "holds"), [("1", True), ("2", False), (None, False)])
async def test_a_line_is_asked_of_the_machine_itself(core: Core, world: World, value, holds):
    world.host().settings = {"a": value} if value else {}
    (result,) = await core.prober.once([LINE])
    assert (result.holds, result.seen) == (holds, f'[SETTING a] is "{value or "absent"}"')


async def test_lines_and_facts_of_a_machine_are_read_in_one_look(core: Core, world: World, monkeypatch):
    host, read = world.host(), []
    host.settings = {"a": "1"}
    answer = host.answer
    monkeypatch.setattr(host, "answer", lambda reading: read.append(reading.name) or answer(reading))
    results = await core.prober.once([LINE, PROBE, replace(LINE, line="[SETTINGS] == 2")])
    assert [result.holds for result in results] == [True, True, False]
    assert read == ["settings/ls"]


async def test_a_line_about_a_machine_that_does_not_answer_is_unknown(core: Core, world: World):
    world.host().is_reachable = False
    (result,) = await core.prober.once([LINE])
    assert result.holds is None


async def test_a_line_whose_measure_is_gone_is_unknown_and_says_so(core: Core):
    (result,) = await core.prober.once([replace(LINE, line="[GONE] == 1")])
    assert (result.holds, result.seen) == (None, "the line cannot be understood: `[GONE]` is no measure")
