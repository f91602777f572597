"""The Markdown file of a change tells who decided and what was done, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from steward.engines.work.document import markdown
from steward.model.approval import Approval, ApprovalState
from steward.model.hold import HoldKind, HoldRecord, HoldState
from steward.model.ids import PrincipalId
from steward.model.risk import Strength
from steward.model.run import RunState
from steward.store.plans import StoredPlan
from tests.unit.store import cases

PLAN = cases.plan()
STORED = StoredPlan(plan=PLAN, fingerprint="9f1c2b3a" + "0" * 56, shown="Restart it\n")
APPROVED = cases.approval(
    state=ApprovalState.CONSUMED,
    decided_by=PrincipalId("owner"),
    decided_strength=Strength.STEP_UP,
    decided_channel="cli",
    decided_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


def told(approval: Approval | None) -> str:
    record = cases.step(step=PLAN.steps[0].id)
    return markdown(cases.change(), cases.run(state=RunState.VERIFIED), STORED, (record,), approval)


def test_a_change_says_who_allowed_it():
    assert "- Decided by: owner (step_up, cli), 2026-03-01 12:00:00 UTC\n" in told(APPROVED)


def test_a_change_that_nobody_decided_says_so():
    assert "- Decided by: nobody: " in told(cases.approval())
    assert "- Decided by: nobody was asked: a standing grant covers it\n" in told(None)


def test_a_step_is_told_by_what_it_does_and_not_by_its_name():
    assert f"- {PLAN.steps[0].says}: " in told(APPROVED)


def test_what_was_waited_for_is_told_with_the_answer_and_who_gave_it():
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    waited = HoldRecord(
        run=cases.run().id,
        hold="sure",
        kind=HoldKind.ASK,
        state=HoldState.DONE,
        opened=at,
        ended=at,
        answer={"off": "yes"},
        note="answered by Ada",
    )
    text = markdown(cases.change(), cases.run(state=RunState.VERIFIED), STORED, (), None, (waited,))
    assert "## What it waited for\n\n- sure: done; answered by Ada; off = yes; 2026-03-01 12:00:00 UTC\n" in text
