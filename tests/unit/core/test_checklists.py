"""Workflows that only ask and wait: nothing is changed, and still they are approved, run and end with a reason."""

from __future__ import annotations

import pytest

from steward.core.wishes import Wish
from steward.core.workflow_files import read_workflow
from steward.model.errors import InvalidInput
from steward.model.policy import Verdict
from steward.model.run import RunState
from steward.testing.stage import OWNER, Core, World

CHECKLIST = """\
kind: Workflow
name: moving-day
title: Move the rack
goal: the rack stands in the cellar
steps:
  - {id: told, ask: Does everybody know?}
  - {id: break, needs: [told], wait: 10m}
  - {id: done, needs: [break], ask: {text: Does it stand?, fields: {where: text}}}
"""


def wished(text: str) -> Wish:
    return Wish(workflow=read_workflow(text, file="w.yaml"), actor=OWNER, given={})


async def test_a_checklist_is_asked_for_and_reaches_no_machine(core: Core):
    card = await core.proposals.draft(wished(CHECKLIST))
    assert card.decision.verdict is Verdict.ASK
    assert (card.plan.steps, card.plan.targets) == ((), ())
    assert "Reaches    no machine" in card.shown
    assert "nothing: people are asked" in card.shown


async def test_a_checklist_runs_from_question_to_question_to_its_end(core: Core, world: World):
    card = await core.propose(wished(CHECKLIST))
    assert await core.approve(card)
    await core.jobs.carry_on()
    assert (await core.run_of(card)).state is RunState.SUSPENDED
    await core.holds.answer(OWNER, card.run, "told", {})
    await core.jobs.carry_on()
    world.clock.advance(601)
    await core.holds.tick()
    await core.jobs.carry_on()
    await core.holds.answer(OWNER, card.run, "done", {"where": "cellar"})
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert (run.state, "nothing was to be changed" in run.reason) == (RunState.VERIFIED, True)


async def test_a_no_ends_a_checklist_as_failed(core: Core):
    card = await core.propose(wished(CHECKLIST))
    assert await core.approve(card)
    await core.jobs.carry_on()
    await core.holds.refuse(OWNER, card.run, "told", "not yet")
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert (run.state, "not yet" in run.reason) == (RunState.FAILED, True)


async def test_a_line_around_a_checklist_must_name_its_machine(core: Core):
    text = CHECKLIST.replace("steps:", 'preflight: ["[SETTINGS] >= 0"]\nsteps:')
    with pytest.raises(InvalidInput, match="about no machine"):
        await core.proposals.draft(wished(text))
    named = await core.proposals.draft(wished(text.replace("[SETTINGS]", "on m1: [SETTINGS]")))
    assert [probe.machine for probe in named.plan.course.preflight] == ["mch-m1"]


async def test_a_workflow_whose_acting_steps_are_all_left_out_still_has_nothing_to_do(core: Core):
    act = "  - {id: put, command: setting.put, on: m1, when: 'false', with: {name: a, value: x}}\n"
    with pytest.raises(InvalidInput, match="nothing is left to do"):
        await core.proposals.draft(wished(CHECKLIST + act))
