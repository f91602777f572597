"""From a wish to its proof, and every way in which a yes does not count."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.approval import ApprovalState
from steward.model.command import Outcome
from steward.model.errors import Braked, Conflict, Denied, NotAllowed, NotFound, Stale, StewardError
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.model.run import RunState
from tests.flows.house import OWNER, SOMEBODY, House, as_kind

OTHERS = [kind for kind in PrincipalKind if kind is not PrincipalKind.PERSON]


async def test_a_wish_is_shown_approved_done_proven_and_put_back(house: House) -> None:
    card = await house.ask("one")
    assert card["decision"]["verdict"] == "ask"
    assert "Make" in card["shown"]
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING
    assert not house.has("one")

    await house.approve(card)
    receipt = await house.ended(card["run"])

    assert receipt.run.state is RunState.VERIFIED
    assert [result.holds for result in receipt.run.before] == [False]
    assert [result.holds for result in receipt.run.after] == [True]
    assert house.has("one")

    undo = (await house.do("undo", SOMEBODY, run=card["run"])).result
    assert house.has("one")
    await house.approve(undo)
    assert (await house.ended(undo["run"])).run.state is RunState.VERIFIED
    assert not house.has("one")
    assert (await house.do("audit.verify")).result["problems"] == []


async def test_what_was_only_promised_is_put_back_and_says_so(house: House) -> None:
    card = await house.ask("never", command="file.promise")
    await house.approve(card)
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.ROLLED_BACK
    assert "never is there; seen: absent" in receipt.run.reason
    assert [(step.is_undo, step.outcome) for step in receipt.steps] == [(False, Outcome.OK), (True, Outcome.OK)]


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("command", ["approvals.approve", "approvals.reject", "apply"])
async def test_nothing_but_a_person_decides(house: House, kind: PrincipalKind, command: str) -> None:
    card = await house.ask("one")
    field = "what" if command == "apply" else "code"
    with pytest.raises(StewardError) as refused:
        await house.do(command, as_kind(kind), **{field: card["approval"]["code"]})
    assert isinstance(refused.value, Denied | NotAllowed)
    assert "person" in str(refused.value)
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING


@pytest.mark.parametrize("strength", [Strength.NONE, Strength.CHAT, Strength.SESSION])
async def test_a_person_without_enough_proof_does_not_decide(house: House, strength: Strength) -> None:
    card = await house.ask("one")
    with pytest.raises(NotAllowed):
        await house.approve(card, replace(OWNER, strength=strength))
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING
    assert not house.has("one")


async def test_a_rule_may_ask_for_more_proof_than_the_secret(house: House) -> None:
    policy = house.settings.workspace / "policy.yaml"
    text = policy.read_text()
    for risk in ("reversible", "risky", "destructive"):
        text = text.replace(f"{risk}: step_up", f"{risk}: passkey")
    policy.write_text(text)
    card = await house.ask("one")
    with pytest.raises(NotAllowed, match="passkey"):
        await house.approve(card)
    await house.approve(card, replace(OWNER, strength=Strength.PASSKEY))
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_a_yes_to_another_plan_does_not_count(house: House) -> None:
    one, two = await house.ask("one"), await house.ask("two")
    with pytest.raises(Conflict, match="not the one you saw"):
        await house.do("approvals.approve", code=one["approval"]["code"], fingerprint=two["fingerprint"][:8])
    assert (await house.receipt(one["run"])).run.state is RunState.WAITING


async def test_a_late_yes_is_a_no(house: House) -> None:
    card = await house.ask("one")
    house.clock.pass_time(timedelta(hours=12, seconds=1))
    with pytest.raises((Conflict, NotFound)):
        await house.approve(card)
    await house.daemon.sweep()
    assert (await house.receipt(card["run"])).run.state is RunState.EXPIRED
    assert not house.has("one")


@pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(hours=5)])
async def test_a_clock_set_back_voids_what_waits(house: House, back: timedelta) -> None:
    card = await house.ask("one")
    house.clock.set_wall(-back)
    with pytest.raises((Conflict, NotFound)):
        await house.approve(card)
    await house.daemon.sweep()
    assert (await house.receipt(card["run"])).run.state is RunState.EXPIRED
    assert not house.has("one")


async def test_a_clock_set_a_little_back_voids_nothing(house: House) -> None:
    card = await house.ask("one")
    house.clock.set_wall(-timedelta(seconds=20))
    await house.daemon.sweep()
    await house.approve(card)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_a_yes_is_used_once(house: House) -> None:
    card = await house.ask("one")
    answers = await asyncio.gather(*(house.approve(card) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(answer, BaseException) for answer in answers) >= 1
    assert all(isinstance(a, Conflict | NotFound) for a in answers if isinstance(a, BaseException))
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert len(receipt.steps) == 1
    with pytest.raises(Conflict, match="already approved, by owner"):
        await house.approve(card)
    with pytest.raises(Conflict, match="verified"):
        await house.do("apply", what="plan.json", text=json.dumps(card["plan"]))


async def test_a_no_is_sticky_for_a_day(house: House) -> None:
    card = await house.ask("one")
    await house.do("approvals.reject", code=card["approval"]["code"], reason="not tonight")
    with pytest.raises(Denied, match="not tonight"):
        await house.ask("one")
    with pytest.raises(Denied, match="not tonight"):
        await house.ask("one", actor=OWNER)
    assert (await house.ask("two"))["approval"]
    house.clock.pass_time(timedelta(hours=24, seconds=1))
    assert (await house.ask("one"))["approval"]


async def test_the_same_wish_asked_twice_waits_once(house: House) -> None:
    first, second = await house.ask("one"), await house.ask("one")
    assert second["approval"]["code"] == first["approval"]["code"]
    assert second["run"] == first["run"]


async def test_a_world_that_changed_is_not_touched(house: House) -> None:
    card = await house.ask("one")
    (house.files / "one").write_text("somebody was faster")
    await house.approve(card)
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.STALE
    assert (house.files / "one").read_text() == "somebody was faster"


async def test_what_waits_survives_a_restart(house: House) -> None:
    card = await house.ask("one")
    await house.close()
    await house.open()
    await house.approve(card)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


class Killed(BaseException):
    """The process ends here."""


async def test_a_yes_that_was_not_used_before_a_crash_is_used_once_after_it(house: House) -> None:
    def crash(point: str) -> None:
        if point == "approval.consume.before":
            raise Killed

    await house.close()
    house.reached = crash
    await house.open()
    card = await house.ask("one")
    with pytest.raises(Killed):
        await house.approve(card)
    approval = (await house.receipt(card["run"])).approval
    assert approval is not None
    assert approval.state is ApprovalState.APPROVED
    assert not house.has("one")

    await house.close()
    house.reached = lambda _point: None
    await house.open()
    for _ in range(2):
        await house.daemon.sweep()
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert len(receipt.steps) == 1


async def test_a_yes_under_freeze_waits_and_expires_like_any_other(house: House) -> None:
    kept, late = await house.ask("kept"), await house.ask("late")
    await house.do("freeze", SOMEBODY)
    for card in (kept, late):
        with pytest.raises(Braked):
            await house.approve(card)
    await house.do("resume")
    await house.daemon.sweep()
    assert (await house.ended(kept["run"])).run.state is RunState.VERIFIED
    assert (await house.ended(late["run"])).run.state is RunState.VERIFIED

    third = await house.ask("third")
    await house.do("freeze", SOMEBODY)
    with pytest.raises(Braked):
        await house.approve(third)
    house.clock.pass_time(timedelta(hours=13))
    await house.do("resume")
    await house.daemon.sweep()
    assert (await house.ended(third["run"])).run.state is RunState.EXPIRED
    assert not house.has("third")


async def test_a_secret_version_or_target_that_changed_makes_a_yes_stale(house: House) -> None:
    card = await house.ask("one")
    inventory = house.settings.workspace / "inventory.yaml"
    inventory.write_text(inventory.read_text().replace("name: this-machine", "name: other-name"))
    with pytest.raises(Stale, match="changed its name"):
        await house.approve(card)
    assert (await house.receipt(card["run"])).run.state is RunState.STALE
    assert not house.has("one")
