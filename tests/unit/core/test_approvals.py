"""safety.md, proof 2: whatever happens in whatever order, a plan runs at most once and only after a person's yes."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from steward.core.approvals import CLOCK_TOLERANCE, NO_LASTS, authorize
from steward.core.compile import seal
from steward.core.wishes import PlanCard
from steward.model.access import Right
from steward.model.approval import ApprovalState, fingerprint
from steward.model.brake import Brake
from steward.model.change import ChangeState
from steward.model.errors import Conflict, Denied, InvalidInput, NotAllowed, NotFound, StewardError, TryLater
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.model.run import RunState
from steward.store import approvals as table
from steward.store import audit as audit_table
from steward.store import changes, plans, runs
from steward.testing.stage import OWNER, Core, World, step, wish
from tests.unit.core.conftest import new_world

NOT_PEOPLE = [kind for kind in PrincipalKind if kind is not PrincipalKind.PERSON]
OPEN = {ApprovalState.PENDING, ApprovalState.APPROVED}


def principal(kind: PrincipalKind, strength: Strength, channel: str = "cli") -> Principal:
    return Principal(id=f"{kind.value}-7", kind=kind, name="N", strength=strength, channel=channel, rights=tuple(Right))


async def state(core: Core, card: PlanCard) -> ApprovalState:
    return (await core.approval(card.approval)).state


@pytest.mark.parametrize("kind", NOT_PEOPLE)
@pytest.mark.parametrize("strength", [Strength.STEP_UP, Strength.PASSKEY])
async def test_nobody_but_a_person_decides_however_strong_the_proof(core: Core, kind, strength):
    card = await core.propose(wish())
    who = principal(kind, strength)
    with pytest.raises(NotAllowed):
        await core.approvals.approve(card.approval, who, fingerprint=card.fingerprint)
    with pytest.raises(NotAllowed):
        await core.approvals.reject(card.approval, who, reason="no")
    assert await state(core, card) is ApprovalState.PENDING


@pytest.mark.parametrize("strength", [Strength.NONE, Strength.CHAT, Strength.SESSION])
async def test_a_person_with_less_proof_than_the_policy_wants_is_refused_and_told_no_secret(core: Core, strength):
    card = await core.propose(wish())
    with pytest.raises(NotAllowed) as refused:
        await core.approvals.approve(card.approval, principal(PrincipalKind.PERSON, strength), fingerprint="")
    assert card.fingerprint not in str(refused.value)
    assert await state(core, card) is ApprovalState.PENDING


async def test_the_one_gate_compares_strengths_in_their_order(core: Core):
    card = await core.propose(wish())
    order = [Strength.NONE, Strength.CHAT, Strength.SESSION, Strength.STEP_UP, Strength.PASSKEY]
    for least, given in product(order, order):
        asked, who = replace(card.approval, least=least), principal(PrincipalKind.PERSON, given)
        if order.index(given) >= order.index(least):
            authorize(asked, who)
        else:
            with pytest.raises(NotAllowed):
                authorize(asked, who)


async def test_a_yes_to_another_text_is_no_yes(core: Core):
    card = await core.propose(wish())
    flipped = card.fingerprint[:-1] + ("0" if card.fingerprint[-1] != "0" else "1")
    with pytest.raises(Conflict):
        await core.approvals.approve(card.approval, OWNER, fingerprint=flipped)
    assert await state(core, card) is ApprovalState.PENDING


@pytest.fixture
def fleet(worlds):
    """A core with two machines: a plan for both reaches more than a quarter of them, and is destructive."""
    life = worlds(machines=("m1", "m2")).start()
    yield life
    life.close()


async def destructive(core: Core) -> PlanCard:
    card = await core.propose(wish(step("one"), step("two", machine="m2")))
    assert card.plan.risk is Risk.DESTRUCTIVE
    return card


@pytest.mark.parametrize("typed", ["", "m1", "m1 m3", "m1 m2 m2", "M1 M2", "yes"])
async def test_what_cannot_be_put_back_is_not_approved_until_what_it_hits_is_typed(fleet: Core, typed: str):
    card = await destructive(fleet)
    with pytest.raises(InvalidInput) as refused:
        await fleet.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint, typed=typed)
    assert "m1 m2" not in str(refused.value)
    assert await state(fleet, card) is ApprovalState.PENDING


@pytest.mark.parametrize("typed", ["m1 m2", "m2, m1", " m1\tm2 "])
async def test_the_names_of_what_it_hits_pass_in_whatever_order_they_are_typed(fleet: Core, typed: str):
    card = await destructive(fleet)
    assert card.to_type == "m1 m2"
    decided = await fleet.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint, typed=typed)
    assert decided.state is ApprovalState.APPROVED


async def test_a_passkey_makes_up_for_the_names_and_a_milder_plan_needs_none(fleet: Core):
    card = await destructive(fleet)
    touched = principal(PrincipalKind.PERSON, Strength.PASSKEY)
    decided = await fleet.approvals.approve(card.approval, touched, fingerprint=card.fingerprint)
    assert decided.state is ApprovalState.APPROVED
    mild = await fleet.propose(wish(step("three")))
    assert (mild.to_type, mild.plan.risk is Risk.DESTRUCTIVE) == ("", False)
    assert (await fleet.approvals.approve(mild.approval, OWNER, fingerprint=mild.fingerprint)).decided_by == OWNER.id


async def test_names_that_are_typed_do_not_make_up_for_a_missing_proof(fleet: Core):
    card = await destructive(fleet)
    weak = principal(PrincipalKind.PERSON, Strength.SESSION)
    with pytest.raises(NotAllowed):
        await fleet.approvals.approve(card.approval, weak, fingerprint=card.fingerprint, typed="m1 m2")


async def test_the_first_answer_wins_on_every_channel(core: Core):
    card = await core.propose(wish())
    await core.approvals.reject(card.approval, OWNER, reason="not today")
    with pytest.raises(Conflict, match="already rejected"):
        await core.approvals.approve(card.approval, replace(OWNER, channel="web"), fingerprint=card.fingerprint)
    assert (await core.run_of(card)).state is RunState.DENIED


async def test_a_double_click_on_two_processes_starts_one_run(world: World):
    lives = [world.start(), world.start()]
    card = await lives[0].propose(wish())
    approval = await lives[0].approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    started = await asyncio.gather(*(life.proposals.start(approval) for life in lives * 4))
    assert Counter(started) == {True: 1, False: 7}
    assert await lives[0].jobs.queued() == [card.run]
    for life in lives:
        life.close()


async def test_concurrent_answers_leave_exactly_one_decision(world: World):
    lives = [world.start(), world.start()]
    card = await lives[0].propose(wish())
    yes = [life.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint) for life in lives]
    no = [life.approvals.reject(card.approval, OWNER, reason="no") for life in lives]
    answers = await asyncio.gather(*yes, *no, return_exceptions=True)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert all(isinstance(answer, Conflict) for answer in answers if isinstance(answer, Exception))
    decided = [row for row in lives[0].audit.export() if '"approval.' in row]
    assert len(decided) == 1
    for life in lives:
        life.close()


async def test_consumption_intent_and_queueing_commit_together_or_not_at_all(core: Core):
    card = await core.propose(wish())
    approval = await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)

    def broken(connection, run):
        core.jobs.enqueue(connection, run)
        raise Conflict("the queue is full")

    with pytest.raises(Conflict, match="the queue is full"):
        await core.approvals.consume(approval, enqueue=broken)
    assert await state(core, card) is ApprovalState.APPROVED
    assert (await core.run_of(card)).state is RunState.WAITING
    assert await core.jobs.queued() == []
    assert not any('"run.intended"' in row for row in core.audit.export())


async def test_nobody_answers_in_time_and_that_is_a_no(core: Core, world: World):
    card = await core.propose(wish())
    world.clock.advance((card.plan.expires - card.plan.created).total_seconds())
    with pytest.raises(Conflict):
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await core.approvals.sweep() == 0
    assert await state(core, card) is ApprovalState.EXPIRED
    assert (await core.run_of(card)).state is RunState.EXPIRED


async def test_a_yes_that_waited_too_long_starts_nothing(core: Core, world: World):
    card = await core.propose(wish())
    approval = await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    world.clock.advance(12 * 3600)
    assert await core.proposals.start(approval) is False
    assert await core.jobs.queued() == []


async def test_the_monotonic_clock_ends_a_question_whatever_the_wall_clock_says(core: Core, world: World):
    card = await core.propose(wish())
    for _ in range(12 * 60):  # a wall clock that runs at half speed never jumps
        world.clock.advance(60)
        world.clock.set_wall(-20)
    with pytest.raises(Conflict):
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await state(core, card) is ApprovalState.EXPIRED


@pytest.mark.parametrize("is_approved", [False, True])
async def test_a_clock_set_back_by_more_than_half_a_minute_expires_everything_that_waits(
    core: Core, world: World, is_approved: bool
):
    cards = [await core.propose(wish(step(value=str(number)))) for number in range(3)]
    if is_approved:
        for card in cards:
            await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    world.clock.advance(7200)
    await core.approvals.sweep()
    world.clock.set_wall(-31)
    assert await core.approvals.sweep() == 3
    assert {await state(core, card) for card in cards} == {ApprovalState.EXPIRED}


async def test_a_clock_set_back_is_noticed_by_the_decision_itself(core: Core, world: World):
    card = await core.propose(wish())
    world.clock.advance(3600)
    await core.approvals.sweep()
    world.clock.set_wall(-3600)
    with pytest.raises(Conflict):
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await state(core, card) is ApprovalState.EXPIRED


async def test_a_clock_set_back_during_a_reboot_is_noticed_by_the_newest_audit_row(world: World):
    before = world.start()
    card = await before.propose(wish())
    world.clock.advance(3600)
    await before.propose(wish(step(value="other")))
    before.close()
    world.clock.reboot(seconds=-1800)
    after = world.start()
    with pytest.raises(Conflict):
        await after.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await after.approvals.waiting() == ()
    after.close()


async def test_a_small_correction_of_the_clock_expires_nothing(core: Core, world: World):
    card = await core.propose(wish())
    world.clock.set_wall(-CLOCK_TOLERANCE.total_seconds())
    assert await core.approvals.sweep() == 0
    assert await core.approve(card)


async def test_a_question_asked_after_the_clock_was_set_back_lives_on(core: Core, world: World):
    await core.propose(wish())
    world.clock.set_wall(-7200)
    card = await core.propose(wish(step(value="other")))
    assert [approval.id for approval in await core.approvals.waiting()] == [card.approval.id]
    assert await core.approve(card)


async def test_pending_and_approved_questions_survive_a_restart_and_a_reboot(world: World):
    before = world.start()
    pending, approved = await before.propose(wish()), await before.propose(wish(step(value="b")))
    await before.approvals.approve(approved.approval, OWNER, fingerprint=approved.fingerprint)
    before.close()
    world.clock.reboot()
    after = world.start()
    await after.approvals.sweep()
    assert await state(after, pending) is ApprovalState.PENDING
    await after.proposals.resume_approved()
    assert await after.jobs.queued() == [approved.run]
    after.close()


async def test_a_no_is_sticky_for_a_day_and_gives_its_reason_as_data(core: Core, world: World):
    card = await core.propose(wish())
    await core.approvals.reject(card.approval, OWNER, reason="the children sleep")
    agent = principal(PrincipalKind.AGENT, Strength.NONE, "mcp")
    for who in (OWNER, agent):
        with pytest.raises(Denied) as refused:
            await core.propose(wish(actor=who))
        assert refused.value.why == "the children sleep"
    world.clock.advance(NO_LASTS.total_seconds() + 1)
    assert (await core.propose(wish())).approval.state is ApprovalState.PENDING


async def test_a_no_to_one_wish_is_no_no_to_another(core: Core):
    card = await core.propose(wish())
    await core.approvals.reject(card.approval, OWNER, reason="no")
    assert (await core.propose(wish(step(value="other")))).approval is not None


async def test_the_same_wish_asked_twice_is_one_question(core: Core):
    first = await core.propose(wish())
    second = await core.propose(wish(actor=principal(PrincipalKind.AGENT, Strength.NONE)))
    assert second.approval == first.approval


async def test_an_open_code_is_found_in_any_case_and_a_used_one_never(core: Core):
    card = await core.propose(wish())
    assert await core.approvals.by_code(card.approval.code.lower()) == card.approval
    await core.approve(card)
    with pytest.raises(Conflict):
        await core.approvals.by_code(card.approval.code)
    with pytest.raises(NotFound):
        await core.approvals.by_code("ZZZZ")


async def test_a_code_that_was_answered_says_who_answered_when_and_what_came_of_it(core: Core, world: World):
    yes, no, late = [await core.propose(wish(step(value=value))) for value in "abc"]
    at = f"{world.clock.local():%Y-%m-%d %H:%M}"
    await core.approve(yes)
    await core.jobs.carry_on()
    await core.approvals.reject(no.approval, OWNER, reason="not today")
    world.clock.advance(180)
    said = {}
    for card in (yes, no):
        with pytest.raises(Conflict) as refused:
            await core.approvals.by_code(card.approval.code)
        said[card.approval.code] = refused.value
    approved, rejected = said.values()
    assert approved.what == f"{yes.approval.code} is already approved, by owner on {at} (3 min ago)"
    assert f"its run {yes.run} is verified" in approved.why
    assert yes.run in approved.next_step
    assert rejected.what == f"{no.approval.code} is already rejected, by owner on {at} (3 min ago)"
    assert rejected.why == "not today"
    world.clock.advance(12 * 3600)
    await core.approvals.sweep()
    with pytest.raises(Conflict, match="no longer open: expired") as expired:
        await core.approvals.by_code(late.approval.code)
    assert expired.value.why == "nobody answered in time"


async def test_a_repeated_wish_is_told_who_said_no_when_and_until_when_that_holds(core: Core, world: World):
    card = await core.propose(wish())
    await core.approvals.reject(card.approval, OWNER, reason="the children sleep")
    world.clock.advance(3600)
    with pytest.raises(Denied) as refused:
        await core.propose(wish())
    now = world.clock.local()
    since, until = (f"{now - timedelta(hours=1):%Y-%m-%d %H:%M}", f"{now + timedelta(hours=23):%Y-%m-%d %H:%M}")
    assert refused.value.what == f"the same plan was rejected by owner on {since} (60 min ago)"
    assert until in refused.value.next_step


async def test_a_question_asked_in_a_terminal_is_over_after_a_quarter_of_an_hour(core: Core, world: World):
    card = await core.propose(replace(wish(), is_interactive=True))
    queued = await core.propose(wish(step(value="other")))
    world.clock.advance(15 * 60 - 1)
    assert await core.approvals.sweep() == 0
    world.clock.advance(1)
    with pytest.raises(Conflict):
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await state(core, card) is ApprovalState.EXPIRED
    assert await state(core, queued) is ApprovalState.PENDING


async def not_before(core: Core, seconds: float, **given: Any) -> PlanCard:
    """Ask for a plan whose time comes later."""
    asked = wish(step(**given))
    draft = await core.proposals.draft(asked)
    late = replace(draft.plan, not_before=draft.plan.not_before + timedelta(seconds=seconds))
    plan, shown = seal(late, draft.plan.risk)
    return await core.proposals.submit(replace(draft, plan=plan, shown=shown, fingerprint=fingerprint(plan)), asked)


async def test_a_yes_before_its_time_waits_for_it(core: Core, world: World):
    card = await not_before(core, 3600)
    assert await core.approve(card) is False
    await core.proposals.resume_approved()
    assert await state(core, card) is ApprovalState.APPROVED
    assert await core.jobs.queued() == []
    world.clock.advance(3600)
    await core.proposals.resume_approved()
    assert await core.jobs.queued() == [card.run]


@pytest.mark.parametrize("column", ["shown", "body"])
async def test_a_plan_or_text_that_was_changed_in_the_store_is_neither_shown_nor_approved(core: Core, column: str):
    card = await core.propose(wish())
    with core.storage.database.write() as connection:
        changed = f"UPDATE plans SET {column} = replace({column}, 'Put settings', 'Evil') WHERE id = :id"
        assert connection.execute(sa.text(changed), {"id": card.plan.id}).rowcount == 1
    with pytest.raises(Conflict, match="changed in the store"):
        await core.proposals.card(card.approval)
    with pytest.raises(Conflict, match="changed in the store"):
        await core.approvals.approve(card.approval, OWNER, fingerprint=card.fingerprint)
    assert await state(core, card) is ApprovalState.PENDING
    await core.approvals.reject(card.approval, OWNER, reason="it was changed")
    assert await state(core, card) is ApprovalState.REJECTED


async def test_one_requester_cannot_take_the_room_of_all_and_all_together_have_an_end(core: Core, world: World):
    world.repository.edit("policy.yaml", "rules: []\nlimits: {waiting_plans: 3, waiting_per_requester: 2}\n")
    agents = [replace(principal(PrincipalKind.AGENT, Strength.NONE), id=f"agent-{number}") for number in range(3)]

    async def ask(name: str, who: Principal) -> PlanCard:
        return await core.propose(wish(step(value=name), actor=who))

    first = await ask("a", agents[0])
    await ask("b", agents[0])
    with pytest.raises(TryLater, match="2 plans of agent-0 wait") as refused:
        await ask("c", agents[0])
    assert "limits.waiting_per_requester" in refused.value.why
    assert "approvals ls" in refused.value.next_step
    assert (await ask("b", agents[0])).approval is not None, "the same wish is the same question"
    await ask("c", agents[1])
    with pytest.raises(TryLater, match="3 plans wait"):
        await ask("d", agents[2])
    assert len(await core.approvals.waiting()) == 3
    await core.approvals.reject(first.approval, OWNER, reason="no")
    assert (await ask("d", agents[2])).approval is not None


async def test_questions_asked_at_once_do_not_share_the_last_room(core: Core, world: World):
    world.repository.edit("policy.yaml", "rules: []\nlimits: {waiting_plans: 2}\n")
    asked = await _all(core.propose(wish(step(value=str(number)))) for number in range(5))
    assert sum(isinstance(answer, TryLater) for answer in asked) == 3
    assert len(await core.approvals.waiting()) == 2


async def test_an_unanswered_question_closes_its_change(core: Core, world: World):
    card = await core.propose(wish())
    world.clock.advance(12 * 3600)
    assert await core.approvals.sweep() == 1
    change = await core.storage.read(changes.get, (await core.run_of(card)).change)
    assert (change.state, change.result) == (ChangeState.CLOSED, "expired")


class Decisions(RuleBasedStateMachine):
    """Everything that can happen to a question, in any order."""

    cards = Bundle("cards")
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="decisions"))
        self.loop = asyncio.Runner()
        self.world = new_world(self.template, self.folder / "world")
        self.lives = [self.world.start(), self.world.start()]
        self.asked: dict[str, Any] = {}
        self.age: dict[str, float] = {}
        self.life: dict[str, float] = {}
        self.begins: dict[str, datetime] = {}
        self.before: dict[str, ApprovalState] = {}
        self.void: set[str] = set()
        self.deciders: list[Principal] = []
        self.latest = self.world.clock.now()
        self.rules = 0

    @property
    def core(self) -> Core:
        return self.lives[0]

    def go(self, doing: Any) -> Any:
        """Do something; an error of Steward's is an answer too."""
        return self.loop.run(_outcome(doing))

    def look_at_the_clock(self) -> None:
        """Sweep, as the daemon does every few seconds: from then on it knows how late it was."""
        for life in self.lives:
            self.go(life.approvals.sweep())
        self.latest = max(self.latest, self.world.clock.now())

    @rule(
        target=cards,
        name=st.sampled_from("ab"),
        value=st.sampled_from("xy"),
        kind=st.sampled_from(PrincipalKind),
        at=st.sampled_from(["once", "terminal", "later"]),
    )
    def ask(self, name: str, value: str, kind: PrincipalKind, at: str) -> PlanCard | None:
        if at == "later":
            card = self.go(not_before(self.core, 3600, name=name, value=value))
        else:
            asked = wish(step(name=name, value=value), actor=principal(kind, Strength.NONE))
            card = self.go(self.core.propose(replace(asked, is_interactive=at == "terminal")))
        if isinstance(card, PlanCard) and card.approval and card.approval.id not in self.asked:
            self.asked[card.approval.id] = card.approval
            self.age[card.approval.id] = 0.0
            self.life[card.approval.id] = 15 * 60 if at == "terminal" else 12 * 3600
            self.begins[card.approval.id] = card.plan.not_before
        return card if isinstance(card, PlanCard) else None

    @rule(
        card=cards,
        who=st.builds(
            principal,
            st.sampled_from([PrincipalKind.PERSON] * 4 + NOT_PEOPLE),
            st.sampled_from(Strength),
            st.sampled_from(["cli", "web", "chat", "mcp", "webhook"]),
        ),
        is_yes=st.booleans(),
        is_right=st.sampled_from([True, True, True, False]),
    )
    def decide(self, card: PlanCard | None, who: Principal, is_yes: bool, is_right: bool) -> None:
        if card is None:
            return
        shown = card.fingerprint if is_right else "0" * 64
        if is_yes:
            answer = self.go(self.core.approvals.approve(card.approval, who, fingerprint=shown))
        else:
            answer = self.go(self.core.approvals.reject(card.approval, who, reason="no"))
        if not isinstance(answer, StewardError):
            assert who.kind is PrincipalKind.PERSON
            assert who.strength.meets(card.approval.least)
            assert is_right or not is_yes
            self.deciders.append(who)

    @rule(card=cards)
    def owner_says_yes_everywhere_at_once(self, card: PlanCard | None) -> None:
        if card is None:
            return
        answers = self.go(_all(life.approve(card) for life in self.lives * 2))
        assert sum(answer is True for answer in answers) <= 1

    @rule(card=cards)
    def start_everywhere_at_once(self, card: PlanCard | None) -> None:
        if card is not None:
            answers = self.go(_all(life.proposals.start(card.approval) for life in self.lives * 2))
            assert sum(answer is True for answer in answers) <= 1

    @rule(seconds=st.sampled_from([1, 40, 800, 3600, 5 * 3600, 12 * 3600, 25 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds)
        self.age = {key: age + seconds for key, age in self.age.items()}
        self.look_at_the_clock()

    @rule(seconds=st.sampled_from([-90_000, -3600, -31, -20, 20, 3600, 40_000]))
    def the_wall_clock_is_set(self, seconds: int) -> None:
        self.world.clock.set_wall(seconds)
        if self.world.clock.now() < self.latest - CLOCK_TOLERANCE:
            self.void |= {key for key, was in self.before.items() if was in OPEN}
            self.latest = self.world.clock.now()

    @rule(is_reboot=st.booleans())
    def restart(self, is_reboot: bool) -> None:
        for life in self.lives:
            life.close()
        if is_reboot:
            self.world.clock.reboot()
            self.age = {key: age + 30 for key, age in self.age.items()}
        self.lives = [self.world.start(), self.world.start()]
        with self.core.storage.database.read() as connection:
            rows = audit_table.newest(connection, limit=1)
        self.latest = rows[0].wall if rows else self.world.clock.now()

    def walk(self, dice: random.Random, steps: int) -> None:
        """Take so many rules by dice: long stories in which every rule has its turn, which a search seldom tells."""
        cards: list[PlanCard | None] = [None]
        kinds, channels = [PrincipalKind.PERSON] * 4 + NOT_PEOPLE, ["cli", "web", "chat", "mcp"]
        pick, ways = dice.choice, ["once", "once", "terminal", "later"]

        def card() -> PlanCard | None:
            return pick(cards[-5:])

        def who() -> Principal:
            return principal(pick(kinds), pick(list(Strength)), pick(channels))

        turns: list[tuple[int, Any]] = [
            (6, lambda: cards.append(self.ask(pick("abc"), pick("xyz"), pick(kinds), pick(ways)))),
            (6, lambda: self.decide(card(), who(), dice.random() < 0.8, dice.random() < 0.9)),
            (4, lambda: self.decide(card(), OWNER, dice.random() < 0.8, True)),
            (2, lambda: self.owner_says_yes_everywhere_at_once(card())),
            (3, lambda: self.start_everywhere_at_once(card())),
            (2, lambda: self.time_passes(pick([1, 40, 800, 3600, 5 * 3600, 13 * 3600]))),
            (2, lambda: self.the_wall_clock_is_set(pick([-90_000, -3600, -31, -20, 20, 3600, 40_000]))),
            (1, lambda: self.restart(dice.random() < 0.5)),
            (2, self.the_daemon_looks_after_it),
            (1, self.the_policy_changes),
            (1, self.the_machine_gets_another_address),
            (1, lambda: self.brake(pick([Brake.PAUSE, Brake.FREEZE, Brake.STOP]))),
            (3, self.the_brake_is_lifted),
        ]
        for _ in range(steps):
            dice.choices([turn for _, turn in turns], [weight for weight, _ in turns])[0]()
            if self.asked:
                self.the_promises_hold()

    @rule()
    def the_daemon_looks_after_it(self) -> None:
        self.look_at_the_clock()
        self.go(self.core.proposals.resume_approved())

    @rule()
    def the_policy_changes(self) -> None:
        self.rules += 1
        rule_text = f"rules:\n  - {{name: r{self.rules}, when: {{command: setting.drop}}, then: deny}}\n"
        self.world.repository.edit("policy.yaml", rule_text)

    @rule()
    def the_machine_gets_another_address(self) -> None:
        text = self.world.repository.read("inventory.yaml") or ""
        old, new = ("10.0.0.1", "10.0.0.9") if "10.0.0.1" in text else ("10.0.0.9", "10.0.0.1")
        self.world.repository.edit("inventory.yaml", text.replace(old, new))

    @rule(brake=st.sampled_from([Brake.PAUSE, Brake.FREEZE, Brake.STOP]))
    def brake(self, brake: Brake) -> None:
        self.go(self.core.brakes.put(brake, by="o", reason="r"))
        queued = self.go(self.core.jobs.queued())
        if brake is not Brake.PAUSE:
            self.go(self.core.proposals.resume_approved())
            assert self.go(self.core.jobs.queued()) == queued

    @rule()
    def the_brake_is_lifted(self) -> None:
        self.go(self.core.brakes.lift(by="o"))

    @precondition(lambda self: self.asked)
    @invariant()
    def the_promises_hold(self) -> None:
        with self.core.storage.database.read() as connection:
            listed = table.listing(connection, limit=500)
            queued = [row.run for row in connection.execute(sa.text("SELECT run FROM test_queue"))]
            stored = {a.id: plans.get(connection, a.plan) for a in listed}
            states = {a.id: runs.get(connection, a.run).state for a in listed}
        assert all(count == 1 for count in Counter(queued).values())
        consumed = {a.run: a for a in listed if a.state is ApprovalState.CONSUMED}
        assert set(queued) == set(consumed)
        for approval in listed:
            asked = self.asked[approval.id]
            assert (approval.expires, approval.created) == (asked.expires, asked.created)
            assert approval.fingerprint == asked.fingerprint == fingerprint(stored[approval.id].plan)
            if approval.state in {ApprovalState.APPROVED, ApprovalState.CONSUMED}:
                assert approval.decided_by in {"owner", "person-7"}
                assert approval.decided_strength.meets(approval.least)
            now, before = approval.state, self.before.get(approval.id, ApprovalState.PENDING)
            if now is not before:
                assert before in OPEN
                if now in {ApprovalState.APPROVED, ApprovalState.CONSUMED}:
                    assert approval.id not in self.void
                    age, life = self.age[approval.id], self.life[approval.id]
                    assert age < life or self.world.clock.boot() != approval.boot
                    assert (approval.expires - approval.created).total_seconds() == life
                if now is ApprovalState.CONSUMED:
                    assert self.world.clock.now() >= self.begins[approval.id] - CLOCK_TOLERANCE
                if now in {ApprovalState.APPROVED, ApprovalState.CONSUMED}:
                    assert self.world.clock.now() < approval.expires
            assert (states[approval.id] is RunState.QUEUED) == (approval.state is ApprovalState.CONSUMED)
            self.before[approval.id] = approval.state

    def teardown(self) -> None:
        assert self.core.audit.verify().problems == ()
        with self.core.storage.database.read() as connection:
            rows = audit_table.rows(connection, limit=10_000)
        for row in rows:
            if row.kind in {"approval.approved", "approval.rejected"}:
                assert row.actors[0].kind == PrincipalKind.PERSON
        intended = [row.subject for row in rows if row.kind == "run.intended"]
        assert len(intended) == len(set(intended))
        for life in self.lives:
            life.close()
        self.loop.close()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("seed", range(8))
def test_no_long_story_runs_a_plan_twice_or_without_a_persons_yes(sqlite_template: Path, seed: int):
    machine = type("OnTemplate", (Decisions,), {"template": sqlite_template})()
    try:
        machine.walk(random.Random(seed), 90)
    finally:
        machine.teardown()


async def _outcome(doing: Any) -> Any:
    try:
        return await doing
    except StewardError as error:
        return error


async def _all(many: Any) -> list[Any]:
    return await asyncio.gather(*many, return_exceptions=True)


def test_no_order_of_events_runs_a_plan_twice_or_without_a_persons_yes(sqlite_template: Path):
    machine = type("OnTemplate", (Decisions,), {"template": sqlite_template})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=10, stateful_step_count=25, suppress_health_check=checks)
    )
