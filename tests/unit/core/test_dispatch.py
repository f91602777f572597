"""The one door: who, policy, preview, audit before and after; nothing gets by it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.events import Events
from steward.lib.record import record
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.command import Command, Example
from steward.model.errors import Denied, InvalidInput, NeedsProof, NotFound, StewardError, TryLater
from steward.model.principal import PrincipalKind
from steward.model.risk import Risk, Strength
from steward.store import audit as audit_table
from steward.testing.stage import OWNER, Core, World

NOBODY = replace(OWNER, id="uid-1000", strength=Strength.NONE)
AGENT = replace(OWNER, id="agent-1", kind=PrincipalKind.AGENT, strength=Strength.PASSKEY)
SECRET = "correct-horse-battery-staple"


@record
class Given:
    """Do something."""

    text: str = ""
    """Some text."""
    password: str = ""
    """A secret."""


@record
class Done:
    """What was done."""

    text: str
    """The text."""


done: list[str] = []


async def act(desk: Desk, given: Given) -> Done:
    done.append(given.text)
    if given.text == "refuse":
        raise TryLater("not now", why=given.password)
    if given.text == "break":
        raise ZeroDivisionError(given.password)
    if given.text == "hang":
        await asyncio.Event().wait()
    return Done(text=given.text)


async def preview(desk: Desk, given: Given) -> str:
    return f"would do {given.text}"


def spec(name: str, right: Right, risk: Risk, proof: Strength = Strength.NONE, **more) -> CommandSpec[Given]:
    examples = (Example(line=name, does="x"), Example(line=f"{name} --json", does="y"))
    return CommandSpec(
        name=name, right=right, input=Given, output=Done, handler=act, risk=risk, proof=proof, examples=examples, **more
    )


COMMANDS = (
    spec("look", Right.READ, Risk.READ),
    spec("nudge", Right.BRAKE, Risk.REVERSIBLE),
    spec("keep", Right.GOVERN, Risk.RISKY, Strength.STEP_UP, preview=preview, secret_fields=frozenset({"password"})),
    spec("keep.blind", Right.GOVERN, Risk.RISKY, Strength.STEP_UP),
)


@pytest.fixture
def core(world: World) -> Iterator[Core]:
    done.clear()
    life = world.start(commands=COMMANDS)
    yield life
    life.close()


def rows(core: Core) -> list:
    with core.storage.database.read() as connection:
        return list(audit_table.rows(connection))


def kinds(core: Core) -> list[str]:
    return [row.kind for row in rows(core)]


def counts(core: Core) -> dict[str, int]:
    with core.storage.database.read() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


async def test_an_unknown_command_is_refused_with_the_nearest_name(core: Core):
    with pytest.raises(NotFound, match=r"no command `setting\.putt`") as refused:
        await core.dispatch(OWNER, Command(name="setting.putt", input={}))
    assert "`setting.put`" in refused.value.next_step


@pytest.mark.parametrize("given", [{"txt": "x"}, {"text": 5}, {"text": ["a"]}, {"text": None}])
async def test_an_input_that_does_not_fit_is_refused_before_anything_happens(core: Core, given):
    with pytest.raises(InvalidInput, match="the input of `keep` does not fit"):
        await core.dispatch(OWNER, Command(name="keep", input=given))
    assert done == []
    assert kinds(core) == []


async def test_a_control_command_without_proof_says_which_proof_it_needs(core: Core):
    with pytest.raises(NeedsProof) as refused:
        await core.dispatch(NOBODY, Command(name="keep", input={}))
    assert refused.value.least == "step_up"
    assert done == []


@pytest.mark.parametrize("kind", [kind for kind in PrincipalKind if kind is not PrincipalKind.PERSON])
async def test_nobody_but_a_person_ever_keeps_the_books_and_no_refusal_asks_them_for_a_secret(core: Core, kind):
    with pytest.raises(Denied) as refused:
        await core.dispatch(replace(AGENT, kind=kind), Command(name="keep", input={}))
    assert not isinstance(refused.value, NeedsProof)
    assert done == []


async def test_anybody_may_look_and_brake(core: Core):
    for name in ("look", "nudge"):
        assert (await core.dispatch(AGENT, Command(name=name, input={"text": "x"}))).result == {"text": "x"}


async def test_what_changes_steward_is_in_the_audit_before_and_after(core: Core):
    await core.dispatch(OWNER, Command(name="keep", input={"text": "x"}))
    assert kinds(core) == ["keep.intended", "keep.done"]
    assert [row.actors[0].id for row in rows(core)] == ["owner", "owner"]


async def test_what_only_looks_is_not_in_the_audit(core: Core):
    await core.dispatch(OWNER, Command(name="look", input={}))
    assert kinds(core) == []


async def test_what_was_refused_half_way_says_so_in_the_audit(core: Core):
    with pytest.raises(TryLater):
        await core.dispatch(OWNER, Command(name="keep", input={"text": "refuse"}))
    assert kinds(core) == ["keep.intended", "keep.refused"]


async def test_a_mistake_of_ours_ends_in_the_audit_with_its_class_and_nothing_else(core: Core):
    with pytest.raises(ZeroDivisionError):
        await core.dispatch(OWNER, Command(name="keep", input={"text": "break"}))
    assert kinds(core) == ["keep.intended", "keep.failed"]
    assert json.loads(rows(core)[1].payload)["note"] == "ZeroDivisionError"


async def test_a_command_whose_caller_went_away_ends_in_the_audit(core: Core):
    task = asyncio.ensure_future(core.dispatch(OWNER, Command(name="keep", input={"text": "hang"})))
    while not done:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kinds(core) == ["keep.intended", "keep.failed"]
    assert json.loads(rows(core)[1].payload)["note"] == "CancelledError"


async def test_what_is_asked_for_in_a_terminal_waits_a_quarter_of_an_hour(core: Core, world: World):
    given = {"machine": "m1", "name": "a", "value": "b"}
    queued = await core.dispatch(OWNER, Command(name="setting.put", input=given))
    asked = await core.dispatch(OWNER, Command(name="setting.put", input={**given, "name": "c"}), is_interactive=True)
    waits = {approval.code: approval.expires - approval.created for approval in await core.approvals.waiting()}
    assert waits == {
        queued.result["approval"]["code"]: timedelta(hours=12),
        asked.result["approval"]["code"]: timedelta(minutes=15),
    }


@pytest.mark.parametrize("name", ["keep", "nudge"])
async def test_no_audit_no_effect(core: Core, name: str):
    with core.storage.database.write() as connection:
        connection.execute(sa.text("DELETE FROM audit_head"))
    with pytest.raises(StewardError):
        await core.dispatch(OWNER, Command(name=name, input={"text": "x"}))
    assert done == []


async def test_no_audit_no_plan_and_no_approval(core: Core):
    command = Command(name="setting.put", input={"machine": "m1", "name": "a", "value": "b"})
    card = await core.dispatch(OWNER, command)
    approval = (await core.approvals.waiting())[0]
    with core.storage.database.write() as connection:
        connection.execute(sa.text("DELETE FROM audit_head"))
    before = counts(core)
    with pytest.raises(StewardError):
        await core.approvals.approve(approval, OWNER, fingerprint=card.result["fingerprint"])
    with pytest.raises(StewardError):
        await core.dispatch(OWNER, replace(command, input={**command.input, "value": "c"}))
    assert counts(core) == before
    assert (await core.approval(approval)).state is ApprovalState.PENDING


async def test_a_secret_field_is_never_in_the_store(core: Core, world: World):
    await core.dispatch(OWNER, Command(name="keep", input={"text": "x", "password": SECRET}))
    assert json.loads(rows(core)[0].payload)["input"] == {"text": "x", "password": "***"}
    assert _in_files(world, SECRET) == []


async def test_a_secret_that_an_error_repeats_is_masked_in_the_audit(core: Core, world: World):
    core.redactor.add("p", SECRET)
    with pytest.raises(TryLater):
        await core.dispatch(OWNER, Command(name="keep", input={"text": "refuse", "password": SECRET}))
    assert _in_files(world, SECRET) == []


@pytest.mark.parametrize(
    "command",
    [
        Command(name="keep", input={"text": "x"}),
        Command(name="keep.blind", input={"text": "x"}),
        Command(name="nudge", input={"text": "x"}),
        Command(name="setting.put", input={"machine": "m1", "name": "a", "value": "b"}),
        Command(name="setting.drop", input={"machine": "m1", "name": "a"}),
    ],
    ids=lambda command: command.name,
)
async def test_a_dry_run_changes_nothing_at_all(core: Core, world: World, command: Command):
    before = counts(core)
    answer = await core.dispatch(OWNER, command, is_dry_run=True)
    assert answer.result
    assert counts(core) == before
    assert done == []
    assert world.host().markers == {}


async def test_a_dry_run_needs_the_same_proof(core: Core):
    with pytest.raises(NeedsProof):
        await core.dispatch(NOBODY, Command(name="keep", input={}), is_dry_run=True)


async def test_an_operation_becomes_a_plan_that_waits(core: Core, world: World):
    given = {"machine": "m1", "name": "a", "value": "b"}
    answer = await core.dispatch(AGENT, Command(name="setting.put", input=given))
    assert answer.exit_code == 12
    assert answer.result["approval"]["state"] == "pending"
    assert world.host().markers == {}
    assert kinds(core) == ["plan.proposed"]


async def test_an_unknown_machine_is_refused_with_the_nearest_name(core: Core):
    with pytest.raises(NotFound) as refused:
        await core.dispatch(OWNER, Command(name="setting.put", input={"machine": "m2", "name": "a", "value": "b"}))
    assert "`m1`" in refused.value.next_step


@pytest.mark.parametrize("bad", ["\ud800", 2**60])
async def test_what_cannot_be_written_exactly_is_refused_as_input(core: Core, bad):
    given = {"machine": "m1", "name": "a", "value": bad}
    with pytest.raises(InvalidInput):
        await core.dispatch(OWNER, Command(name="setting.put", input=given))


def test_events_of_a_masked_secret_are_masked(core: Core, world: World):
    core.redactor.add("p", SECRET)
    with core.storage.database.write() as connection:
        Events(clock=world.clock, redactor=core.redactor).add(connection, "x", "s", actor="a", data={"t": SECRET})
    assert _in_files(world, SECRET) == []


def _in_files(world: World, needle: str) -> list[str]:
    return [path.name for path in world.folder.iterdir() if path.is_file() and needle.encode() in path.read_bytes()]
