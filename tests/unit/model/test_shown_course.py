"""What a plan has beside its steps is shown: whoever approves sees every part that decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.model.command import Command
from steward.model.flow import Choice, Course, OnFailure, Output, Retry, StepFlow
from steward.model.hold import AnswerField, AnswerKind, Hold, HoldKind, Inquiry, Patience, Task, Wait
from steward.model.ids import MachineId
from steward.model.probe import Probe, ProbeKind
from steward.model.shown_course import shown_course, shown_flow

NAS = MachineId("mch-nas")
LINE = Probe(machine=NAS, says="[SETTINGS] > 1", kind=ProbeKind.LINE, line="[SETTINGS] > 1", within_seconds=30)
COURSE = Course(workflow="w", source_hash="a" * 64, inputs={})


@pytest.mark.parametrize(
    ("flow", "says"),
    [
        (StepFlow(after=("a", "b")), "begins when these have ended: a, b"),
        (StepFlow(when='steps["a"].state == "ok"'), 'only if steps["a"].state == "ok"'),
        (StepFlow(until=LINE), "done when [SETTINGS] > 1, within 30 s"),
        (StepFlow(retry=Retry(times=3, wait_seconds=10, factor=1.5)), "tried again up to 3 times, after 10 s"),
        (StepFlow(choices=(Choice(expression="x", value=1, domain=(1, 2)),)), "only if x is 1, one of 1, 2"),
        (StepFlow(outputs=(Output(name="v", pattern="(a)"),)), "takes v (text) from its output: (a)"),
        (StepFlow(block="b", lane="b.nas", tolerated=2), "lane b.nas, 2 failures tolerated"),
        (StepFlow(on_failure=OnFailure.KEEP), "nothing is put back"),
        (StepFlow(undone_by=Command(name="unit.start", input={"unit": "a"})), 'put back by unit.start {"unit": "a"}'),
    ],
)
def test_each_part_of_a_flow_has_its_line(flow: StepFlow, says: str):
    (line,) = shown_flow(flow)
    assert says in line


ASK = Hold(
    id="sure",
    kind=HoldKind.ASK,
    says="Ask: Go on?",
    needs=("a",),
    after=("b",),
    when="steps.a.ok",
    lane="r.nas",
    machine=NAS,
    inquiry=Inquiry(
        text="Go on?\nThink twice.",
        fields=(AnswerField(name="n", kind=AnswerKind.INTEGER, says="how many", least=1, most=5, is_required=False),),
        patience=Patience(expires_seconds=3_600, remind_seconds=600, escalate_seconds=1_800),
    ),
)


def test_a_question_is_shown_with_who_when_and_what():
    text = "\n".join(shown_course(replace(COURSE, holds=(ASK,)), {NAS: "nas"}))
    for said in ("sure: Ask: Go on? on nas (after a)", "Think twice.", "answered by: operator", "lane r.nas"):
        assert said in text
    for said in ("after 60 min", "reminded every 10 min", "owner after 30 min", "ended: b", "only if steps.a.ok"):
        assert said in text
    assert "n (integer, at least 1, at most 5, may be left out): how many" in text


def test_work_by_hand_and_waits_are_shown_with_what_ends_them():
    task = Task(instructions=("Pull it",), part="a disk", cost="180 EUR", link="https://example.org", proof=("x",))
    holds = (
        Hold(id="swap", kind=HoldKind.PHYSICAL, says="By hand: Pull it", task=task, proofs=(LINE,)),
        Hold(id="heard", kind=HoldKind.WAIT, says="Wait", wait=Wait(event="run.verified", subject="nas")),
    )
    text = "\n".join(shown_course(replace(COURSE, holds=holds), {}))
    for said in ("part: a disk", "cost: 180 EUR", "link: https://example.org", "ends by itself when [SETTINGS] > 1"):
        assert said in text
    assert "event run.verified about nas" in text
    assert "in vain after 24 h" in text


def test_nothing_invisible_passes():
    forged = replace(COURSE, inputs={"a": "x\nRisk       none\u202e"}, notes=("b\nc",))
    lines = shown_course(forged, {})
    assert not any("\n" in line or "\u202e" in line for line in lines)
