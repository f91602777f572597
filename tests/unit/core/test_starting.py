"""Starting what may start: a grant that ran out in between, and one plan that cannot start among others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from steward.core.workspace import WorkspaceFiles
from steward.model.approval import ApprovalState
from steward.model.errors import Conflict, NotFound
from steward.model.grant import Grant
from steward.model.ids import GrantId, MachineId
from steward.model.machine import Autonomy
from steward.model.plan import Plan
from steward.model.principal import Principal
from steward.store import grants, runs
from steward.testing.stage import OWNER, Core, World, step, wish


async def test_a_grant_revoked_between_plan_and_start_starts_nothing(core: Core, world: World) -> None:
    now = world.clock.now()
    grant = Grant(
        id=GrantId("grant-1"),
        command="setting.put",
        targets=(MachineId("mch-m1"),),
        where={},
        daily_maximum=1,
        created=now,
        expires=now + timedelta(days=1),
        created_by=OWNER.id,
    )
    WorkspaceFiles(repository=world.repository).change_machine(
        MachineId("mch-m1"), author=OWNER, autonomy=Autonomy.GRANTED
    )
    await core.storage.write(grants.insert, grant)
    first, second = wish(step("a")), wish(step("b"))
    cards = [await core.proposals.draft(first), await core.proposals.draft(second)]
    assert [card.decision.grant for card in cards] == ["grant-1", "grant-1"]
    await core.proposals.submit(cards[0], first)
    with pytest.raises(Conflict, match="no longer covers"):
        await core.proposals.submit(cards[1], second)
    assert len(await core.storage.read(runs.listing)) == 1
    assert len(await core.jobs.queued()) == 1


async def test_an_approved_plan_that_names_what_is_gone_holds_no_other_up(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = [await core.propose(wish(step(name))) for name in ("a", "b")]
    for card in cards:
        assert card.approval is not None
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    changed, met = core.proposals._changed, []

    async def first_is_gone(plan: Plan, decider: Principal) -> str:
        met.append(plan.id)
        if len(met) == 1:
            raise NotFound("there is no secret `gone`")
        return await changed(plan, decider)

    monkeypatch.setattr(core.proposals, "_changed", first_is_gone)
    await core.proposals.resume_approved()
    states = {card.plan.id: (await core.approval(card.approval)).state for card in cards if card.approval}
    assert [states[plan] for plan in met] == [ApprovalState.STALE, ApprovalState.CONSUMED]
