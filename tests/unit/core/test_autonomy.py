"""Grants on the stage: given, tried out, earned, lost; budgets reserved and loops broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.core.budgets import Budgets, NoRoom
from steward.core.events import Events
from steward.core.wishes import Wish
from steward.core.workspace import WorkspaceFiles
from steward.engines.oversight import budgets as budget_commands
from steward.engines.oversight import grants as grant_commands
from steward.engines.work.plan import undo_steps
from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.budget import Quota
from steward.model.command import Command
from steward.model.errors import Conflict, Denied, InvalidInput, NeedsProof, NotFound, StewardError
from steward.model.grant import PROBATION_USES, PROVEN_DAILY
from steward.model.ids import MachineId, PrincipalId
from steward.model.machine import Autonomy
from steward.model.policy import Limits, Verdict
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Strength
from steward.model.run import RunState
from steward.model.trust import CLEAN, ROW
from steward.store import audit, grants, runs
from steward.testing.hosts import Behavior
from steward.testing.stage import OWNER, Core, World, step, wish

M1 = MachineId("mch-m1")
AGENT = Principal(
    id=PrincipalId("token-1"),
    kind=PrincipalKind.AGENT,
    name="an agent",
    channel="mcp",
    rights=(Right.READ, Right.PROPOSE, Right.BRAKE),
)
TERMS = {"command": "setting.put", "machine": ["m1"], "where": ["name=a", "value=new"]}
LOST = {
    RunState.ROLLED_BACK: [Behavior.FAILS_HALFWAY],
    RunState.UNKNOWN: [Behavior.CUTS_OFF],
    RunState.FAILED: [Behavior.REFUSES] * 100,
}


@pytest.fixture
def core(world: World) -> Iterator[Core]:
    """One life, with the commands about grants and budgets; `m1` may use grants."""
    WorkspaceFiles(repository=world.repository).change_machine(M1, author=OWNER, autonomy=Autonomy.GRANTED)
    life = world.start(commands=(*grant_commands.COMMANDS, *budget_commands.COMMANDS))
    yield life
    life.close()


async def do(core: Core, name: str, actor: Principal = OWNER, /, *, dry: bool = False, **given: Any) -> Any:
    return (await core.dispatch(actor, Command(name=name, input=given), is_dry_run=dry)).result


def put(*, actor: Principal = AGENT, **given: Any) -> Wish:
    return wish(step("s", **{"name": "a", **given}), actor=actor)


async def asked(core: Core, world: World, wanted: Wish | None = None) -> RunState:
    """Have a person allow it, carry it out, and put the machine back by hand."""
    run = await core.carried_out(wanted or put())
    world.host().settings.clear()
    world.clock.advance(3600)
    return run.state


async def unasked(core: Core, world: World, wanted: Wish | None = None) -> RunState | None:
    """Carry out what grants cover; None when a person is asked."""
    card = await core.propose(wanted or put())
    if card.approval is not None:
        return None
    await core.jobs.carry_on()
    world.host().settings.clear()
    return (await core.run_of(card)).state


async def kinds(core: Core) -> list[str]:
    rows = await core.storage.read(audit.newest, limit=200)
    return [row.kind for row in reversed(rows) if row.kind.startswith(("grant.", "breaker."))]


async def test_a_grant_given_by_hand_covers_just_what_it_says(core: Core, world: World):
    card = await do(core, "grants.add", **TERMS, daily=2)
    assert card["sentence"] == "it is in force now"
    assert await unasked(core, world, put(name="b")) is None
    assert await unasked(core, world, put(value="other")) is None
    assert await unasked(core, world) is RunState.VERIFIED
    assert (await do(core, "grants.show", grant=card["grant"]["id"]))["runs"]
    assert await kinds(core) == ["grant.added"]


@pytest.mark.parametrize(
    ("changes", "error", "what"),
    [
        ({"command": "setting.drop"}, InvalidInput, "never granted"),
        ({"command": "setting.putt"}, NotFound, "no command"),
        ({"command": "grants.add"}, NotFound, "no command"),
        ({"machine": []}, InvalidInput, "needs a machine"),
        ({"machine": ["m9"]}, NotFound, "m9"),
        ({"where": ["nme=a"]}, InvalidInput, "no such field"),
        ({"where": ["name"]}, InvalidInput, "no such field"),
        ({"where": ["name=sshd.service"]}, InvalidInput, "never granted"),
        ({"where": ["is_proven=maybe"]}, InvalidInput, "no value"),
        ({"where": ["name=a", "name=b"]}, InvalidInput, "one value"),
        ({"daily": 0}, InvalidInput, "uses a day"),
        ({"days": 91}, InvalidInput, "days"),
        ({"hours": "9-17"}, InvalidInput, "no hours"),
    ],
    ids=str,
)
async def test_what_can_never_be_granted_is_refused(
    core: Core, changes: dict[str, Any], error: type[StewardError], what: str
):
    with pytest.raises(error, match=what):
        await do(core, "grants.add", **{**TERMS, **changes})
    assert await core.storage.read(grants.listing) == ()


@pytest.mark.parametrize("name", ["grants.add", "grants.revoke", "grants.accept", "budgets.lift"])
async def test_only_a_person_who_proved_to_be_one_governs(core: Core, name: str):
    given = {
        "grants.add": TERMS,
        "grants.revoke": {"grant": "grant-1"},
        "grants.accept": {"proposal": "class-1"},
        "budgets.lift": {"subject": "token-1"},
    }[name]
    claims = replace(AGENT, strength=Strength.PASSKEY, rights=tuple(Right))
    with pytest.raises(Denied):
        await do(core, name, AGENT, **given)
    with pytest.raises(Denied):
        await do(core, name, claims, **given)
    with pytest.raises(NeedsProof):
        await do(core, name, replace(OWNER, strength=Strength.SESSION), **given)


async def test_the_preview_tells_what_the_last_month_would_have_been(core: Core, world: World):
    await asked(core, world)
    await asked(core, world, put(name="b"))
    world.host().behave("s", Behavior.FAILS_HALFWAY)
    await asked(core, world)
    refused = await core.propose(put())
    assert refused.approval is not None
    await core.approvals.reject(refused.approval, OWNER, reason="not now")
    told = (await do(core, "grants.add", dry=True, **TERMS, daily=5))["preview"]
    assert "of 4 plans in the last 30 days it would have allowed 3" in told
    assert "1 of them ended badly and you said no to 1 of them" in told
    assert await core.storage.read(grants.listing) == ()
    one = await do(core, "grants.simulate", **TERMS, daily=1)
    assert [each["state"] for each in one["allowed"]] == ["verified"]
    world.clock.advance(31 * 86400)
    assert (await do(core, "grants.simulate", **TERMS))["plans"] == 0


async def test_a_plan_of_several_steps_runs_unasked_only_if_each_is_covered(core: Core, world: World):
    both = wish(step("a"), step("b"), actor=AGENT)
    await do(core, "grants.add", **{**TERMS, "where": ["name=a"]}, daily=5)
    assert await unasked(core, world, both) is None
    await do(core, "grants.add", **{**TERMS, "where": ["name=b"]}, daily=5)
    world.clock.advance(60)
    assert await unasked(core, world, wish(step("a"), step("b"), actor=AGENT, title="again")) is RunState.VERIFIED
    uses = await core.storage.read(grants.uses_since, world.clock.now() - timedelta(hours=1))
    assert sorted(uses.values()) == [1, 1]


async def test_each_step_uses_its_grant_up(core: Core, world: World):
    await do(core, "grants.add", **{**TERMS, "where": []}, daily=1)
    assert await unasked(core, world, wish(step("a"), step("b"), actor=AGENT)) is None


async def test_no_grant_covers_what_cannot_be_proven(core: Core, world: World):
    await do(core, "grants.add", **{**TERMS, "where": []}, daily=9)
    assert await unasked(core, world, put(is_proven=False)) is None
    assert await unasked(core, world, put(name="sshd.service")) is None, "it is protected"
    assert await unasked(core, world) is RunState.VERIFIED


async def earn(core: Core, world: World) -> str:
    """Do the same thing with a person's yes until it is proposed; return the proposal."""
    for number in range(ROW):
        assert (await do(core, "grants.proposed"))["proposals"] == [], f"after {number}"
        assert await asked(core, world) is RunState.VERIFIED
    (proposal,) = (await do(core, "grants.proposed"))["proposals"]
    assert (proposal["row"], proposal["where"]["name"]) == (ROW, "a")
    return str(proposal["id"])


async def test_ten_good_runs_earn_a_grant_on_probation_and_one_bad_one_loses_it(core: Core, world: World):
    proposal = await earn(core, world)
    assert await unasked(core, world) is None, "earned is not accepted"
    world.clock.advance(86400)
    await core.approvals.sweep()
    told = (await do(core, "grants.accept", dry=True, proposal=proposal))["preview"]
    assert "one bad end takes it away" in told
    card = await do(core, "grants.accept", proposal=proposal)
    assert (card["grant"]["state"], card["grant"]["daily"]) == ("probation", 1)
    with pytest.raises(NotFound, match="nothing is proposed"):
        await do(core, "grants.accept", proposal=proposal)
    assert await unasked(core, world) is RunState.VERIFIED
    world.clock.advance(86401)
    world.host().behave("s", Behavior.FAILS_HALFWAY)
    assert await unasked(core, world) is RunState.ROLLED_BACK
    world.clock.advance(86401)
    assert await unasked(core, world) is None, "asked again from now on"
    shown = await do(core, "grants.show", grant=card["grant"]["id"])
    assert shown["grant"]["state"] == "suspended"
    assert await kinds(core) == ["grant.earned", "grant.suspended"]
    standing = (await do(core, "grants.proposed", everything=True))["proposals"][0]
    assert (standing["row"], standing["is_ready"]) == (0, False)
    world.clock.advance(int(CLEAN.total_seconds()))
    assert (await do(core, "grants.proposed"))["proposals"] == [], "the count starts again"


async def test_after_probation_an_earned_grant_becomes_a_normal_one(core: Core, world: World):
    card = await do(core, "grants.accept", proposal=await earn(core, world))
    for _ in range(PROBATION_USES):
        world.clock.advance(86401)
        assert await unasked(core, world) is RunState.VERIFIED
    grant = (await do(core, "grants.show", grant=card["grant"]["id"]))["grant"]
    assert (grant["state"], grant["daily"]) == ("active", PROVEN_DAILY)
    assert (await kinds(core))[-1] == "grant.confirmed"


@pytest.mark.parametrize("state", LOST, ids=lambda state: state.value)
async def test_every_bad_end_suspends_at_once(core: Core, world: World, state: RunState):
    await do(core, "grants.add", **TERMS, daily=9)
    queued = [await core.propose(put()), await core.propose(put(actor=replace(AGENT, id=PrincipalId("token-2"))))]
    assert [card.approval for card in queued] == [None, None]
    world.host().behave("s", *LOST[state])
    await core.jobs.carry_on()
    ends = [(await core.run_of(card)).state for card in queued]
    assert ends[0] is state
    if state is not RunState.UNKNOWN:  # an unknown run keeps its machine
        assert ends[1] is RunState.CANCELLED, "what waited under the same grant does not begin"
    assert (await do(core, "grants.ls"))["grants"][0]["state"] == "suspended"
    world.host().heal()
    world.host().settings.clear()
    card = await core.proposals.draft(put())
    assert card.decision.verdict is Verdict.ASK


async def test_what_a_person_puts_back_costs_its_grant(core: Core, world: World):
    await do(core, "grants.add", **TERMS, daily=9)
    card = await core.propose(put())
    await core.jobs.carry_on()
    back = replace(put(actor=OWNER), undoes=card.run, ready_steps=undo_steps(card.plan, {"s"}))
    assert (await core.carried_out(back)).state is RunState.VERIFIED
    assert (await do(core, "grants.ls"))["grants"][0]["state"] == "suspended"


async def test_an_undo_is_never_granted(core: Core, world: World):
    await do(core, "grants.add", **{**TERMS, "where": []}, daily=9)
    card = await core.propose(put())
    await core.jobs.carry_on()
    back = replace(put(), undoes=card.run, ready_steps=undo_steps(card.plan, {"s"}))
    assert (await core.propose(back)).approval is not None


async def test_a_revoked_grant_holds_back_what_it_allowed_and_has_not_begun(core: Core, world: World):
    grant = (await do(core, "grants.add", **TERMS))["grant"]["id"]
    card = await core.propose(put())
    other = world.start()  # another process on the same store
    await do(core, "grants.revoke", grant=grant)
    assert (await other.proposals.draft(put())).decision.verdict is Verdict.ASK
    other.close()
    await core.jobs.carry_on()
    run = await core.run_of(card)
    assert (run.state, world.host().settings) == (RunState.CANCELLED, {})
    assert "was revoked before it began" in run.reason
    with pytest.raises(Conflict, match="before"):
        await do(core, "grants.revoke", grant=grant)


async def test_pause_holds_back_what_waits_under_a_grant(core: Core, world: World):
    await do(core, "grants.add", **TERMS)
    card = await core.propose(put())
    await core.brakes.put(Brake.PAUSE, by="owner", reason="")
    await core.jobs.carry_on()
    assert (await core.run_of(card)).state is RunState.CANCELLED
    assert world.host().settings == {}


@pytest.mark.parametrize("brake", ["pause", "freeze", "stop"])
async def test_a_brake_put_on_between_plan_and_start_starts_nothing(core: Core, world: World, brake: str):
    await do(core, "grants.add", **TERMS)
    card = await core.proposals.draft(put())
    assert card.decision.verdict is Verdict.ALLOW
    await core.brakes.put(Brake(brake), by="owner", reason="")
    with pytest.raises(StewardError, match=f"{brake} is on"):
        await core.proposals.submit(card, put())
    assert await core.storage.read(runs.listing) == ()


async def test_a_grant_for_another_command_makes_no_waiting_plan_stale(core: Core, world: World):
    card = await core.propose(put(actor=OWNER))
    now = world.clock.now()
    await do(core, "grants.add", **TERMS)
    given = (await core.storage.read(grants.listing))[0]
    assert given.created == now
    assert await core.proposals._changed(card.plan, OWNER) != "", "the same command: it is judged anew"
    await do(core, "grants.revoke", grant=given.id)
    await core.storage.write(grants.insert, replace(given, id="grant-other", command="setting.drop"))
    assert await core.proposals._changed(card.plan, OWNER) == ""


async def test_room_is_reserved_before_anything_begins(core: Core, world: World):
    text = world.repository.read("policy.yaml")
    world.repository.edit("policy.yaml", text.replace("mutations_per_day: 60", "mutations_per_day: 3"))
    await do(core, "grants.add", **{**TERMS, "where": []}, daily=9)
    two = [wish(step("a"), step("b"), actor=AGENT), wish(step("c"), step("d"), actor=AGENT)]
    cards = [await core.proposals.draft(each) for each in two]
    assert {card.decision.verdict for card in cards} == {Verdict.ALLOW}, "each alone has room"
    await core.proposals.submit(cards[0], two[0])
    with pytest.raises(NoRoom, match="no room"):
        await core.proposals.submit(cards[1], two[1])
    await core.jobs.carry_on()
    assert sorted(world.host().settings) == ["a", "b"]


async def test_a_yes_that_finds_no_room_stays_valid(core: Core, world: World):
    text = world.repository.read("policy.yaml")
    world.repository.edit("policy.yaml", text.replace("mutations_per_day: 60", "mutations_per_day: 3"))
    cards = [await core.propose(wish(step(a), step(b))) for a, b in ("ab", "cd")]
    for card in cards:
        assert card.approval is not None
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    await core.proposals.resume_approved()
    states = [(await core.run_of(card)).state for card in cards]
    assert sorted(state.value for state in states) == ["queued", "waiting"]


async def test_a_quota_holds_for_each_machine_and_whoever_asks(core: Core, world: World):
    events = Events(clock=world.clock, redactor=core.redactor)
    quota = Quota(command="setting.put", most=3, days=7)
    kept = Budgets(storage=core.storage, audit=core.audit, events=events, clock=world.clock, quotas=[quota])
    core.proposals.judge._budgets = core.proposals._budgets = kept
    for _ in range(3):
        assert await asked(core, world) is RunState.VERIFIED
    with pytest.raises(Denied, match="policy says no") as refused:
        await core.propose(put())
    assert "quota setting.put" in refused.value.where
    used = {budget.name: budget.used for budget in await kept.budgets(Limits())}
    assert used["setting.put, most on one machine"] == 3
    world.clock.advance(7 * 86400)
    assert await asked(core, world) is RunState.VERIFIED


async def ask(core: Core, actor: Principal = AGENT, **given: Any) -> Any:
    plain = {"machine": "m1", "name": "a", "value": "new", **given}
    return await do(core, "setting.put", actor, **plain)


async def test_a_program_that_turns_in_circles_is_refused_for_an_hour(core: Core, world: World):
    for _ in range(3):
        assert (await ask(core))["approval"]
    with pytest.raises(Denied, match="refused until") as refused:
        await ask(core, name="b")
    assert "3 times with the same result" in refused.value.why
    assert (await ask(core, replace(AGENT, id=PrincipalId("token-2"))))["approval"], "others are served"
    assert (await ask(core, OWNER))["approval"], "people are never stopped"
    world.clock.advance(3601)
    assert (await ask(core))["approval"]
    assert await kinds(core) == ["breaker.tripped"]


@pytest.mark.parametrize("names", ["abab", "xxxxx"])
async def test_swings_and_refusals_are_loops_too(core: Core, world: World, names: str):
    for number, name in enumerate(names):
        if name == "x":
            with pytest.raises(StewardError):
                await ask(core, machine="nowhere", name=f"{number}")
        else:
            await ask(core, name=name)
    with pytest.raises(Denied, match="refused until"):
        await ask(core, name="other")


async def test_a_breaker_outlives_a_restart_and_a_person_lifts_it(core: Core, world: World):
    for _ in range(3):
        await ask(core)
    again = world.start(commands=budget_commands.COMMANDS)
    with pytest.raises(Denied, match="refused until"):
        await ask(again)
    listed = await do(again, "budgets.ls")
    assert [each["subject"] for each in listed["breakers"]] == ["token-1"]
    assert listed["budgets"][1]["used"] == 1, "one question was put before a person"
    assert "may go on" in (await do(again, "budgets.lift", subject="token-1"))["sentence"]
    assert (await ask(again))["approval"]
    with pytest.raises(NotFound, match="nothing is tripped"):
        await do(again, "budgets.lift", subject="token-1")
    again.close()
