"""What runs without asking, and everything that a grant does not cover."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.core.wishes import PlanCard, Wish
from steward.model.command import Command
from steward.model.errors import Denied, InvalidInput, StewardError
from steward.model.grant import Grant
from steward.model.ids import GrantId, MachineId, PrincipalId
from steward.model.policy import Verdict
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.model.run import RunState
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import grants
from tests.flows.house import OWNER, SOMEBODY, House, as_kind

Give = Callable[..., Awaitable[GrantId]]


@pytest.fixture
async def give(house: House) -> Give:
    """Store a grant for `file.make` on this machine, which is promoted to `granted` first."""
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    machine = house.steward.workspace.require(LOCAL_NAME)

    async def store(**changes: Any) -> GrantId:
        now = house.clock.now()
        fields: dict[str, Any] = {
            "id": GrantId("grant-1"),
            "command": "file.make",
            "targets": (machine.id,),
            "where": {},
            "daily_maximum": 2,
            "created": now,
            "expires": now + timedelta(days=30),
            "created_by": PrincipalId("owner"),
        } | changes
        await house.steward.storage.write(grants.insert, Grant(**fields))
        return fields["id"]

    return store


async def is_asked(house: House, name: str) -> bool:
    """Ask for a file; tell whether a person is asked, and otherwise see that it was made and proven."""
    card = await house.ask(name)
    if card["approval"]:
        assert not house.has(name)
        return True
    receipt = await house.ended(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert receipt.approval is None
    assert house.has(name)
    return False


async def test_a_grant_lets_what_it_covers_run_and_nothing_more(house: House, give: Give) -> None:
    assert await is_asked(house, "before")
    await give(where={"name": "covered"})
    assert not await is_asked(house, "covered")
    assert await is_asked(house, "other")
    shell = await house.do("shell.run", machine=LOCAL_NAME, script="true", reason="try")
    assert shell.result["approval"]
    rows = [row for row in await _audit(house) if row["kind"] == "run.intended"]
    assert ['"grant":"grant-1"' in row["payload"] for row in rows] == [True]


async def _audit(house: House) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []

    async def emit(line: dict[str, Any]) -> None:
        said.append(line)

    await house.steward.dispatch(OWNER, Command(name="audit.export", input={}), emit=emit)
    return [line["row"] for line in said if "row" in line]


async def test_a_grant_covers_so_many_uses_a_day(house: House, give: Give) -> None:
    await give(daily_maximum=2)
    assert [await is_asked(house, name) for name in ("one", "two", "three")] == [False, False, True]
    house.clock.pass_time(timedelta(hours=24, seconds=1))
    assert not await is_asked(house, "four")


async def test_two_wishes_at_once_do_not_share_the_last_use(house: House, give: Give) -> None:
    await give(daily_maximum=1)
    names = [f"file-{number}" for number in range(4)]
    proposals = house.steward.proposals
    wishes = [_wish(name) for name in names]
    cards = [await proposals.draft(wish) for wish in wishes]
    assert {card.decision.verdict for card in cards} == {Verdict.ALLOW}, "each alone is covered"

    kept = await asyncio.gather(
        *(proposals.submit(card, wish) for card, wish in zip(cards, wishes, strict=True)), return_exceptions=True
    )

    for card in kept:
        assert not isinstance(card, BaseException) or isinstance(card, StewardError)
        if isinstance(card, PlanCard) and card.approval is None:
            await house.ended(str(card.run))
    assert sum(house.has(name) for name in names) == 1


def _wish(name: str) -> Wish:
    step = WorkflowStep(id="step-1", command="file.make", input={"machine": LOCAL_NAME, "name": name})
    return Wish(workflow=Workflow(name="one", title=f"Make {name}", goal="it is there", steps=(step,)), actor=SOMEBODY)


async def test_a_grant_ends(house: House, give: Give) -> None:
    await give(expires=house.clock.now() + timedelta(hours=1))
    assert not await is_asked(house, "one")
    house.clock.pass_time(timedelta(hours=1, seconds=1))
    assert await is_asked(house, "two")


async def test_a_grant_taken_back_covers_nothing_from_then_on(house: House, give: Give) -> None:
    grant = await give()
    assert not await is_asked(house, "one")
    assert await house.steward.storage.write(grants.revoke, grant, at=house.clock.now())
    assert await is_asked(house, "two")


@pytest.mark.parametrize(
    "changes",
    [{"targets": ()}, {"targets": (MachineId("machine-other"),)}, {"command": "file.promise"}, {"daily_maximum": 0}],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_grant_for_something_else_covers_nothing(house: House, give: Give, changes: dict[str, Any]) -> None:
    await give(**changes)
    assert await is_asked(house, "one")


async def test_a_grant_covers_nothing_where_the_machine_is_only_to_be_asked(house: House, give: Give) -> None:
    await give()
    await house.do("machines.promote", machine=LOCAL_NAME, to="ask")
    assert await is_asked(house, "one")


async def test_a_schedule_may_use_a_grant_but_not_under_pause(house: House, give: Give) -> None:
    await give()
    schedule = as_kind(PrincipalKind.SCHEDULE, Strength.NONE)
    card = await house.ask("one", actor=schedule)
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    await house.do("pause")
    with pytest.raises(Denied, match="pause is on"):
        await house.ask("two", actor=schedule)
    assert await is_asked(house, "three"), "who proved nothing may be an agent"
    by_owner = await house.ask("four", actor=OWNER)
    assert (await house.ended(by_owner["run"])).run.state is RunState.VERIFIED


async def test_a_grant_holds_no_secret_and_says_so_without_it(house: House) -> None:
    house.steward.redactor.add("door", "Kx9pQ7vWzR3mT5")
    for name in ("grants.add", "grants.simulate"):
        for value in ("Kx9pQ7vWzR3mT5", base64.b64encode(b"Kx9pQ7vWzR3mT5").decode()):
            with pytest.raises(InvalidInput, match="secret:door") as refused:
                await house.do(name, command="file.make", machine=[LOCAL_NAME], where=[f"name={value}"])
            assert value not in str(refused.value)
    assert (await house.do("grants.ls", everything=True)).result["grants"] == []
