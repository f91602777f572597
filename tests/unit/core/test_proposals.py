"""From a wish to a question, from a yes to a run: only if the world is still the one that was approved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.wishes import PlanCard
from steward.lib.codec import CodecError, decode, encode
from steward.model.approval import ApprovalState, fingerprint
from steward.model.brake import Brake
from steward.model.errors import Braked, Denied, NeedsPerson, Stale
from steward.model.grant import Grant
from steward.model.plan import Plan
from steward.model.policy import Verdict
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.model.run import RunState
from steward.store import approvals, grants, plans, runs
from steward.testing.stage import OWNER, Core, World, step, wish
from tests.unit.model.plans import flipped, leaves

AGENT = replace(OWNER, id="agent-1", kind=PrincipalKind.AGENT, strength=Strength.NONE)


async def approved(core: Core):
    card = await core.propose(wish())
    return card, await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)


async def refused_as_stale(core: Core, world: World, card: PlanCard, approval, why: str) -> None:
    with pytest.raises(Stale) as refused:
        await core.proposals.start(approval)
    assert why in refused.value.why
    assert (await core.approval(approval)).state is ApprovalState.STALE
    assert (await core.run_of(card)).state is RunState.STALE
    assert await core.jobs.queued() == []


def edited(world: World, file: str, old: str, new: str) -> None:
    text = world.repository.read(file) or ""
    assert old in text
    world.repository.edit(file, text.replace(old, new))


def stored_bytes(core: Core, card: PlanCard) -> str:
    with core.storage.database.read() as connection:
        return connection.execute(sa.text("SELECT body FROM plans WHERE id = :id"), {"id": card.plan.id}).scalar_one()


def store(core: Core, card: PlanCard, body: str) -> None:
    with core.storage.database.write() as connection:
        connection.execute(sa.text("UPDATE plans SET body = :body WHERE id = :id"), {"body": body, "id": card.plan.id})


@pytest.mark.parametrize(("old", "new"), [('"new"', '"evil"'), ("/bin/setting", "/bin/sh"), ("steward", "root")])
async def test_a_plan_whose_bytes_changed_in_the_store_is_never_started(core: Core, world: World, old, new):
    card, approval = await approved(core)
    body = stored_bytes(core, card)
    assert old in body
    store(core, card, body.replace(old, new))
    await refused_as_stale(core, world, card, approval, "not the one that was approved")


async def test_no_leaf_of_a_stored_plan_can_be_flipped_between_yes_and_start(core: Core):
    card, _ = await approved(core)
    whole = encode(card.plan)
    tried = 0
    for path in leaves(whole):
        try:
            other = decode(Plan, flipped(whole, path))
        except CodecError:  # it no longer is a plan at all
            continue
        tried += 1
        assert fingerprint(other) != card.fingerprint, path
    assert tried > 40


async def test_a_swapped_fingerprint_beside_a_swapped_plan_does_not_help(core: Core, world: World):
    card, approval = await approved(core)
    evil = replace(card.plan, title="Evil")
    with core.storage.database.write() as connection:
        connection.execute(sa.text("DELETE FROM plans WHERE id = 'nothing'"))
        values = {"fingerprint": fingerprint(evil), "id": evil.id}
        connection.execute(sa.text("UPDATE plans SET fingerprint = :fingerprint WHERE id = :id"), values)
    store(core, card, stored_bytes(core, card).replace("Put settings", "Evil"))
    await refused_as_stale(core, world, card, approval, "not the one that was approved")


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("inventory.yaml", "10.0.0.1", "10.0.0.2", "address"),
        ("inventory.yaml", "user: steward", "user: root", "user"),
        ("inventory.yaml", "A" * 43, "B" * 43, "host key"),
        ("inventory.yaml", "id: mch-m1", "id: mch-m9", "no longer in the inventory"),
        ("inventory.yaml", "autonomy: ask", "autonomy: watch", "watch only"),
        ("policy.yaml", "mutations_per_day: 60", "mutations_per_day: 59", "policy has changed"),
    ],
)
async def test_a_world_that_changed_between_yes_and_start_makes_the_yes_void(
    core: Core, world: World, file: str, old: str, new: str, why: str
):
    card, approval = await approved(core)
    edited(world, file, old, new)
    await refused_as_stale(core, world, card, approval, why)


async def test_a_quarantined_machine_makes_the_yes_void(core: Core, world: World):
    card, approval = await approved(core)
    edited(world, "inventory.yaml", "autonomy: ask", "autonomy: ask\n    quarantined: its key changed")
    await refused_as_stale(core, world, card, approval, "quarantined")


async def test_a_grant_given_meanwhile_is_another_policy(core: Core, world: World):
    card, approval = await approved(core)
    await core.storage.write(grants.insert, a_grant(world))
    await refused_as_stale(core, world, card, approval, "policy has changed")


async def test_a_comment_in_the_policy_changes_nothing(core: Core, world: World):
    _, approval = await approved(core)
    edited(world, "policy.yaml", "rules: []", "rules: []  # none yet")
    assert await core.proposals.start(approval)


@pytest.mark.parametrize("brake", [Brake.FREEZE, Brake.STOP])
async def test_a_yes_under_a_brake_waits_and_goes_on_when_it_is_lifted(core: Core, brake: Brake):
    await core.brakes.put(Brake.NONE, by="o", reason="")
    card, approval = await approved(core)
    await core.brakes.put(brake, by="o", reason="guests")
    with pytest.raises(Braked):
        await core.proposals.start(approval)
    await core.proposals.resume_approved()
    assert await core.jobs.queued() == []
    await core.brakes.lift(by="o")
    await core.proposals.resume_approved()
    assert await core.jobs.queued() == [card.run]


async def test_a_person_may_approve_while_pause_is_on_and_an_agent_may_not_propose(core: Core):
    await core.brakes.put(Brake.PAUSE, by="o", reason="")
    card = await core.propose(wish())
    assert card.exit_code == 12
    assert (await core.proposals.card(card.approval)).exit_code == 12
    assert await core.approve(card)
    with pytest.raises(Denied):
        await core.propose(wish(step(value="other"), actor=AGENT))


async def test_a_peer_that_proved_nothing_uses_no_grant_under_pause(core: Core, world: World):
    edited(world, "inventory.yaml", "autonomy: ask", "autonomy: granted")
    await core.storage.write(grants.insert, replace(a_grant(world), daily_maximum=5))
    peer = replace(OWNER, id="uid-1000", strength=Strength.NONE)
    await core.brakes.put(Brake.PAUSE, by="o", reason="")
    card = await core.propose(wish(actor=peer))
    assert card.approval is not None
    assert await core.jobs.queued() == []
    assert any('"plan.proposed"' in row and "proven nothing" in row for row in core.audit.export())
    by_owner = await core.propose(wish(step("by-owner")))
    assert (by_owner.approval, await core.jobs.queued()) == (None, [by_owner.run])
    await core.brakes.lift(by="o")
    by_peer = await core.propose(wish(step("by-peer"), actor=peer))
    assert by_peer.approval is None, "without pause the grant of the owner serves whoever asks"


async def test_one_void_yes_does_not_hold_up_the_others(core: Core, world: World):
    cards = [await core.propose(wish(step(value=value))) for value in "abc"]
    for card in cards:
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    await core.storage.write(runs.move, cards[0].run, to=RunState.CANCELLED, at=world.clock.now())
    store(core, cards[1], stored_bytes(core, cards[1]).replace("Put settings", "Evil"))
    await core.proposals.resume_approved()
    assert await core.jobs.queued() == [cards[2].run]


async def test_a_denied_plan_is_shown_in_a_preview_and_never_kept(core: Core, world: World):
    edited(world, "inventory.yaml", "autonomy: ask", "autonomy: watch")
    card = await core.proposals.draft(wish())
    assert (card.decision.verdict, card.exit_code) == (Verdict.DENY, 13)
    with pytest.raises(Denied):
        await core.proposals.submit(card, wish())
    with core.storage.database.read() as connection:
        assert plans.get(connection, card.plan.id) is None
        assert runs.listing(connection) == ()


async def test_a_grant_starts_a_plan_once_without_a_question_and_the_audit_names_it(core: Core, world: World):
    edited(world, "inventory.yaml", "autonomy: ask", "autonomy: granted")
    await core.storage.write(grants.insert, a_grant(world))
    card = await core.propose(wish(actor=AGENT))
    assert (card.approval, card.exit_code) == (None, 0)
    assert await core.jobs.queued() == [card.run]
    assert any('"run.intended"' in row and "grant-1" in row for row in core.audit.export())
    world.host().settings.clear()
    second = await core.propose(wish(step("x"), actor=AGENT))
    assert second.approval is not None, "the grant was for once a day"


async def test_no_grant_ever_covers_what_cannot_be_put_back(core: Core, world: World):
    edited(world, "inventory.yaml", "autonomy: ask", "autonomy: granted")
    await core.storage.write(grants.insert, replace(a_grant(world), command="setting.drop"))
    world.host().settings["a"] = "x"
    assert (await core.propose(wish(step("a", command="setting.drop")))).approval is not None


async def test_many_machines_at_once_are_worse_than_one(worlds: Callable[..., World]):
    world = worlds(machines=("m1", "m2"))
    core = world.start()
    card = await core.propose(wish(step("a"), step("b", machine="m2")))
    assert card.plan.risk.value == "destructive"
    assert card.plan.blast.machines == 2
    core.close()


async def test_a_question_lies_in_the_store_with_its_plan_its_text_and_its_run(core: Core):
    card = await core.propose(wish())
    again = await core.proposals.card(card.approval)
    assert (again.plan, again.shown, again.fingerprint, again.run) == (
        card.plan,
        card.shown,
        card.fingerprint,
        card.run,
    )
    assert (await core.run_of(card)).state is RunState.WAITING


@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(values=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=3))
def test_whatever_the_values_what_is_stored_is_what_was_approved(worlds: Callable[..., World], values: list[str]):
    async def story() -> None:
        core = worlds().start()
        card = await core.propose(wish(*(step(f"s{n}", value=value) for n, value in enumerate(values))))
        stored = await core.storage.read(plans.get, card.plan.id)
        present = await core.storage.read(approvals.get, card.approval.id)
        assert fingerprint(stored.plan) == present.fingerprint == card.fingerprint
        assert await core.approve(card)
        core.close()

    asyncio.run(story())


def a_grant(world: World) -> Grant:
    return Grant(
        id="grant-1",
        command="setting.put",
        targets=("mch-m1",),
        where={},
        daily_maximum=1,
        created=world.clock.now(),
        expires=world.clock.now().replace(month=12),
        created_by="owner",
    )


async def test_a_right_that_sudo_refuses_is_told_before_anybody_is_asked(core: Core, world: World):
    world.host().has_sudo = False
    with pytest.raises(NeedsPerson, match="does not let Steward's user") as refused:
        await core.propose(wish())
    assert "/bin/setting put" in refused.value.where
    assert "machines rights" in refused.value.next_step
    assert await core.approvals.waiting() == ()

    world.host().user_id = 0
    assert (await core.propose(wish())).approval, "root needs no right of sudo"
