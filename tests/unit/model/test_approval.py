"""safety.md, proof 1: flip a field, whichever, and it is another plan."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings

from steward.lib.canonical import digest
from steward.model.approval import bound, fingerprint, intent_hash, short
from steward.model.flow import Course, StepFlow
from steward.model.hold import Hold, HoldKind
from steward.model.plan import SCHEMA, Plan
from steward.model.principal import PrincipalKind
from tests.unit.model.plans import flipped, json_of, leaves, plans

QUICK = settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
ASKED_AGAIN = {"id", "requester", "created", "not_before", "expires", "shown_hash", "policy_version", "blast"}


@QUICK
@given(plans)
def test_every_leaf_of_a_plan_is_bound_by_its_fingerprint(plan: Plan):
    whole = json_of(plan)
    before = digest(whole, domain=SCHEMA)
    assert before == fingerprint(plan)
    for path in leaves(whole):
        assert digest(flipped(whole, path), domain=SCHEMA) != before, path


@QUICK
@given(plans)
def test_every_field_of_every_record_of_a_plan_is_a_leaf_that_can_be_flipped(plan: Plan):
    """What the encoder left out could be changed unseen: no field of the records is missing in the JSON."""
    flowing = tuple(replace(each, flow=StepFlow(when="true")) for each in plan.steps)
    plan = replace(plan, course=Course(workflow="w", source_hash="", inputs={}), steps=flowing)
    whole = json_of(plan)
    named = {str(part) for path in leaves(whole) for part in path if isinstance(part, str)}
    step = plan.steps[0]
    for part in (plan, plan.requester, plan.targets[0], plan.blast, step, step.action, step.undo, step.resource):
        assert set(part.__dataclass_fields__) <= named | {"actions"}
    for part in (step.command, step.verify[0], step.action.files[0], step.action.environment[0]):
        assert set(part.__dataclass_fields__) <= named


@QUICK
@given(plans)
def test_the_same_plan_has_the_same_fingerprint_whatever_the_order_of_its_keys(plan: Plan):
    backward = json.loads(json.dumps(json_of(plan)), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert digest(backward, domain=SCHEMA) == fingerprint(plan) == fingerprint(replace(plan))


@QUICK
@given(plans)
def test_leaving_out_adding_or_swapping_steps_and_words_is_another_plan(plan: Plan):
    step = plan.steps[0]
    longer = replace(step, action=replace(step.action, argv=(*step.action.argv, "x")))
    joined = replace(step, action=replace(step.action, argv=("".join(step.action.argv) + "y",)))
    others = [(), (step, step, step), (longer, *plan.steps[1:]), (joined, *plan.steps[1:])]
    prints = {fingerprint(replace(plan, steps=steps)) for steps in others}
    assert len(prints) == 4
    assert fingerprint(plan) not in prints


@QUICK
@given(plans)
def test_a_wish_is_known_again_whoever_asks_whenever(plan: Plan):
    hour = timedelta(hours=1)
    again = replace(
        plan,
        id="another",
        requester=replace(plan.requester, id="agent-1", kind=PrincipalKind.AGENT, channel="mcp"),
        created=plan.created + hour,
        not_before=plan.not_before + hour,
        expires=plan.expires + hour,
        blast=replace(plan.blast, services=plan.blast.services + 1),
        steps=tuple(_with_keys(step, f"k{number}") for number, step in enumerate(plan.steps)),
    )
    assert intent_hash(again) == intent_hash(plan)
    assert fingerprint(again) != fingerprint(plan)


@QUICK
@given(plans)
def test_every_other_leaf_makes_it_another_wish(plan: Plan):
    whole = json_of(plan)
    before = intent_hash(plan)
    for path in leaves(whole):
        if path[0] in ASKED_AGAIN or (path[-1] == "key" and "command" not in path):
            continue
        changed = flipped(whole, path)
        assert _intent_of(changed) != before, path
    assert _intent_of(whole) == before


def test_people_see_the_first_eight_digits():
    assert short("0123456789abcdef") == "01234567"


def _with_keys(step, key):
    undo = replace(step.undo, actions=tuple(replace(action, key=f"{key}-u") for action in step.undo.actions))
    return replace(step, action=replace(step.action, key=key), undo=undo)


def _intent_of(changed):
    for field in ASKED_AGAIN:
        changed = {name: value for name, value in changed.items() if name != field}
    steps = []
    for step in changed["steps"]:
        undo = {**step["undo"], "actions": [_without_key(action) for action in step["undo"]["actions"]]}
        steps.append({**step, "action": _without_key(step["action"]), "undo": undo})
    return digest({**changed, "steps": steps}, domain="steward-intent-v1")


def _without_key(action):
    return {name: value for name, value in action.items() if name != "key"}


@QUICK
@given(plans)
def test_what_a_workflow_adds_to_a_plan_is_bound_and_its_absence_changes_nothing(plan: Plan):
    flow = StepFlow(when="steps.a.ok")
    course = Course(workflow="w", source_hash="0" * 64, inputs={"a": 1})
    first, *others = plan.steps
    found = {
        fingerprint(plan),
        fingerprint(replace(plan, course=course)),
        fingerprint(replace(plan, course=replace(course, inputs={"a": 2}))),
        fingerprint(replace(plan, steps=(replace(first, flow=flow), *others))),
        fingerprint(replace(plan, steps=(replace(first, flow=replace(flow, tolerated=1)), *others))),
    }
    assert len(found) == 5
    assert "course" not in bound(plan)


@QUICK
@given(plans)
def test_what_a_hold_says_of_its_fan_out_is_bound_and_its_absence_changes_nothing(plan: Plan):
    hold = Hold(id="sure", kind=HoldKind.ASK, says="Ask", lane="put.m1")
    holds = [hold, replace(hold, block="put"), replace(hold, tolerated=1), replace(hold, block="put", tolerated=1)]
    course = Course(workflow="w", source_hash="", inputs={})
    made = [replace(plan, course=replace(course, holds=(each,))) for each in holds]
    assert len({fingerprint(each) for each in made}) == 4
    assert not {"block", "tolerated"} & set(bound(made[0])["course"]["holds"][0])
