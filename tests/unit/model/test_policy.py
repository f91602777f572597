"""Properties of the decision, over generated rules, grants and requests."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.grant import Grant
from steward.model.hours import is_hours
from steward.model.ids import GrantId, MachineId, PrincipalId
from steward.model.machine import Autonomy
from steward.model.policy import Condition, Limits, Request, Rule, Rules, TargetFacts, Verdict, decide
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.model.taint import Taint

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STRICTNESS = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}
COMMANDS = st.sampled_from(["unit.restart", "unit.stop", "packages.upgrade", "resume"])
MACHINES = [MachineId(f"m-{number}") for number in range(4)]
HOURS = st.sampled_from(["", "22:00-07:00", "11:00-13:00", "12:00-12:01", "9-17", "garbage", "12:00-12:00"])

conditions = st.builds(
    Condition,
    command=st.sampled_from(["", "*", "unit.*", "unit.restart", "nothing"]),
    machine=st.sampled_from(["", "*", "box-1", "box-*"]),
    group=st.sampled_from(["", "media", "none"]),
    risk=st.none() | st.sampled_from(Risk),
    actor=st.none() | st.sampled_from(PrincipalKind),
    hours=HOURS,
)
rule = st.builds(Rule, name=st.just("a rule"), when=conditions, then=st.sampled_from(Verdict))
rules = st.builds(
    Rules,
    version=st.just("v"),
    rules=st.lists(rule, max_size=3).map(tuple),
    approvers=st.none() | st.dictionaries(st.sampled_from(Risk), st.sampled_from(Strength), max_size=4),
    limits=st.builds(Limits, mutations_per_day=st.integers(0, 5)),
)
actors = st.builds(
    Principal,
    id=st.just(PrincipalId("somebody")),
    kind=st.sampled_from(PrincipalKind),
    rights=st.just(tuple(Right)),
    name=st.just("Somebody"),
    strength=st.sampled_from(Strength),
)


@st.composite
def targets(draw: st.DrawFn) -> tuple[TargetFacts, ...]:
    chosen = draw(st.lists(st.sampled_from(range(4)), unique=True, max_size=3))
    return tuple(
        TargetFacts(
            machine=MACHINES[number],
            name=f"box-{number}",
            groups=draw(st.sampled_from([(), ("media",)])),
            autonomy=draw(st.sampled_from(Autonomy)),
            quarantined=draw(st.sampled_from(["", "", "its key changed"])),
        )
        for number in chosen
    )


anything = st.builds(
    Request,
    command=COMMANDS,
    is_known=st.sampled_from([True, True, True, False]),
    input=st.fixed_dictionaries({"unit": st.sampled_from(["a", "b"]), "count": st.sampled_from([1, True, 1.0])}),
    risk=st.sampled_from(Risk),
    actor=actors,
    taint=st.sampled_from(Taint),
    targets=targets(),
    fleet_size=st.integers(0, 12),
    brake=st.sampled_from([Brake.NONE, Brake.NONE, Brake.PAUSE, Brake.FREEZE, Brake.STOP]),
    now=st.just(NOW),
    mutations_today=st.integers(0, 5),
    proof=st.none() | st.sampled_from(Strength),
    is_grantable=st.booleans(),
    uses_today=st.none() | st.dictionaries(st.just("g-1"), st.integers(0, 3)),
)
grant = st.builds(
    Grant,
    id=st.sampled_from([GrantId("g-1"), GrantId("g-2")]),
    command=COMMANDS,
    targets=st.lists(st.sampled_from(MACHINES), unique=True).map(tuple),
    where=st.dictionaries(st.sampled_from(["unit", "count"]), st.sampled_from(["a", 1]), max_size=2),
    daily_maximum=st.integers(0, 3),
    created=st.integers(-100, 5).map(lambda days: NOW + timedelta(days=days)),
    expires=st.integers(-5, 100).map(lambda days: NOW + timedelta(days=days)),
    created_by=st.just(PrincipalId("owner")),
    revoked=st.none() | st.just(NOW),
)
GRANTED = TargetFacts(machine=MACHINES[0], name="box-0", groups=(), autonomy=Autonomy.GRANTED)
RESTART = Request(
    command="unit.restart",
    is_known=True,
    input={"unit": "a", "count": 1},
    risk=Risk.REVERSIBLE,
    actor=Principal(id=PrincipalId("agent"), kind=PrincipalKind.AGENT, name="Agent", rights=tuple(Right)),
    taint=Taint.TRUSTED,
    targets=(GRANTED,),
    fleet_size=4,
    brake=Brake.NONE,
    now=NOW,
    mutations_today=0,
    uses_today={},
)
GRANT = Grant(
    id=GrantId("g-1"),
    command="unit.restart",
    targets=(MACHINES[0],),
    where={"unit": "a", "count": 1},
    daily_maximum=2,
    created=NOW - timedelta(days=1),
    expires=NOW + timedelta(days=89),
    created_by=PrincipalId("owner"),
)
NO_RULES = Rules(version="v")


def differing(base: Any, other: Any, names: set[str]) -> Any:
    """Return `base` with these fields of `other`."""
    return replace(base, **{name: getattr(other, name) for name in names})


def nearly(base: Any, others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give values that differ from an allowed one in two fields at most, and wholly other ones."""
    names = st.sets(st.sampled_from([field.name for field in fields(base)]), max_size=2)
    return st.builds(differing, st.just(base), others, names) | others


requests = nearly(RESTART, anything)
grants = st.lists(nearly(GRANT, grant), max_size=3).map(tuple)


def strictness(found: Rules, given: tuple[Grant, ...], request: Request) -> int:
    return STRICTNESS[decide(found, given, request).verdict]


@given(rules, grants, requests)
@settings(max_examples=200)
def test_the_verdict_is_the_worst_of_the_reasons_and_each_is_given(found: Rules, given: Any, request_: Request):
    decision = decide(found, given, request_)
    assert decision.reasons
    assert decision.verdict is max((r.verdict for r in decision.reasons), key=STRICTNESS.__getitem__)
    assert decision.reasons[0].verdict is decision.verdict
    assert all(reason.rule and reason.why for reason in decision.reasons)
    assert (decision.grant is not None) <= (decision.verdict is Verdict.ALLOW)


@given(rules, grants, requests, rule, st.integers(0, 3))
@settings(max_examples=250)
def test_adding_any_rule_never_loosens_anything(found: Rules, given: Any, request_: Request, extra: Rule, at: int):
    longer = replace(found, rules=(*found.rules[:at], extra, *found.rules[at:]))
    assert strictness(longer, given, request_) >= strictness(found, given, request_)


@given(rules, grants, requests)
@settings(max_examples=200)
def test_a_deny_wins_whatever_else_speaks(found: Rules, given: Any, request_: Request):
    assume(request_.targets)
    denying = Rule(name="no", when=Condition(), then=Verdict.DENY)
    decision = decide(replace(found, rules=(denying, *found.rules)), given, request_)
    assert decision.verdict is Verdict.DENY


@given(rules, grants, requests)
@settings(max_examples=200)
def test_what_is_unknown_or_never_allowed_is_denied(found: Rules, given: Any, request_: Request):
    assert decide(found, given, replace(request_, is_known=False)).verdict is Verdict.DENY
    assert decide(found, given, replace(request_, risk=Risk.NEVER)).verdict is Verdict.DENY


@given(rules, grants, requests, st.sampled_from(Risk), st.sampled_from(Risk))
@settings(max_examples=300)
def test_raising_the_risk_never_loosens(found: Rules, given: Any, request_: Request, one: Risk, other: Risk):
    milder, worse = sorted((one, other), key=lambda risk: risk.rank)
    by_table = replace(request_, proof=None)  # with a proof of its own the command, not the table, says what is needed
    before, after = replace(by_table, risk=milder), replace(by_table, risk=worse)
    assert strictness(found, given, after) >= strictness(found, given, before)


@given(rules, grants, requests)
@settings(max_examples=200)
def test_text_from_outside_never_loosens(found: Rules, given: Any, request_: Request):
    tainted = replace(request_, taint=Taint.OUTSIDE)
    assert strictness(found, given, tainted) >= strictness(found, given, replace(request_, taint=Taint.TRUSTED))


@given(rules, grants, requests)
@settings(max_examples=200)
def test_one_more_target_never_loosens(found: Rules, given: Any, request_: Request):
    assume(request_.targets)
    fewer = replace(request_, targets=request_.targets[:1])
    assert strictness(found, given, request_) >= strictness(found, given, fewer)


@given(rules, grants, requests)
@settings(max_examples=200)
def test_a_stronger_brake_never_loosens_and_freeze_and_stop_deny_every_change(
    found: Rules, given: Any, request_: Request
):
    by_brake = [strictness(found, given, replace(request_, brake=brake)) for brake in Brake]
    assert by_brake == sorted(by_brake)
    if request_.targets and request_.risk is not Risk.READ:
        for brake in (Brake.FREEZE, Brake.STOP):
            assert decide(found, given, replace(request_, brake=brake)).verdict is Verdict.DENY


@given(rules, grants, requests)
@settings(max_examples=400)
def test_a_change_runs_without_a_person_only_by_a_grant_that_covers_all_of_it(
    found: Rules, given: Any, request_: Request
):
    decision = decide(found, given, request_)
    if not request_.targets or request_.risk is Risk.READ or decision.verdict is not Verdict.ALLOW:
        return
    covering = [one for one in given if one.id == decision.grant]
    assert any(
        one.command == request_.command
        and one.revoked is None
        and one.created <= NOW < one.expires
        and one.expires - one.created <= timedelta(days=90)
        and request_.uses_today is not None
        and request_.uses_today.get(one.id, 0) < one.daily_maximum
        and all(t.machine in one.targets and t.autonomy is Autonomy.GRANTED for t in request_.targets)
        and not any(t.quarantined for t in request_.targets)
        for one in covering
    )
    assert decision.risk is Risk.REVERSIBLE
    assert request_.is_grantable
    assert request_.taint is Taint.TRUSTED
    assert request_.brake in {Brake.NONE, Brake.PAUSE}


@given(rules, grants, requests)
@settings(max_examples=200)
def test_without_grants_nothing_is_looser(found: Rules, given: Any, request_: Request):
    assert strictness(found, (), request_) >= strictness(found, given, request_)


@given(rules, grants, requests)
@settings(max_examples=200)
def test_only_a_person_changes_steward_itself(found: Rules, given: Any, request_: Request):
    own = replace(request_, targets=())
    decision = decide(found, given, own)
    if own.risk is not Risk.READ and own.proof is not Strength.NONE and decision.verdict is not Verdict.DENY:
        assert own.actor.kind is PrincipalKind.PERSON
        assert own.actor.strength is not Strength.NONE


@given(rules, requests)
@settings(max_examples=150)
def test_no_rule_stands_in_the_way_of_a_brake(found: Rules, request_: Request):
    brake = replace(request_, targets=(), proof=Strength.NONE, risk=Risk.REVERSIBLE, is_known=True)
    assert decide(found, (), brake).verdict is Verdict.ALLOW


@given(rules, st.sampled_from(Risk), st.sampled_from(Risk))
def test_a_worse_class_never_needs_less_proof_and_never_none(found: Rules, one: Risk, other: Risk):
    milder, worse = sorted((one, other), key=lambda risk: risk.rank)
    assert found.least_strength(worse).meets(found.least_strength(milder))
    assert found.least_strength(milder) is not Strength.NONE


def test_the_grant_of_the_examples_covers_its_request():
    decision = decide(NO_RULES, (GRANT,), RESTART)
    assert (decision.verdict, decision.grant) == (Verdict.ALLOW, "g-1")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"risk": Risk.RISKY}, id="risky"),
        pytest.param({"risk": Risk.DESTRUCTIVE}, id="destructive"),
        pytest.param({"is_grantable": False}, id="a shell, or no undo"),
        pytest.param({"taint": Taint.OUTSIDE}, id="text from outside"),
        pytest.param({"command": "unit.stop"}, id="another command"),
        pytest.param({"input": {"unit": "b", "count": 1}}, id="another value"),
        pytest.param({"input": {"unit": "a"}}, id="a value that is not given"),
        pytest.param({"input": {"unit": "a", "count": True}}, id="true is not 1"),
        pytest.param({"input": {"unit": "a", "count": 1.0}}, id="1.0 is not 1"),
        pytest.param({"targets": (replace(GRANTED, machine=MACHINES[1]),)}, id="another machine"),
        pytest.param({"targets": (replace(GRANTED, autonomy=Autonomy.ASK),)}, id="a machine at ask"),
        pytest.param({"targets": (GRANTED, replace(GRANTED, machine=MACHINES[1]))}, id="two machines"),
        pytest.param({"uses_today": {"g-1": 2}}, id="used up today"),
        pytest.param({"uses_today": None}, id="nobody counted the uses"),
        pytest.param({"now": GRANT.expires}, id="expired"),
        pytest.param({"now": GRANT.created - timedelta(seconds=1)}, id="the clock ran backward"),
    ],
)
def test_a_grant_does_not_cover_what_it_does_not_say(changed: dict[str, Any]):
    decision = decide(NO_RULES, (GRANT,), replace(RESTART, **changed))
    assert (decision.verdict, decision.grant) == (Verdict.ASK, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"revoked": NOW},
        {"daily_maximum": 0},
        {"targets": ()},
        {"expires": GRANT.created + timedelta(days=90, seconds=1)},
        {"where": {"other": None}},
    ],
)
def test_a_grant_that_is_none_any_more_covers_nothing(changed: dict[str, Any]):
    assert decide(NO_RULES, (replace(GRANT, **changed),), RESTART).verdict is Verdict.ASK


@pytest.mark.parametrize("autonomy", [Autonomy.ASK, Autonomy.GRANTED])
def test_a_quarantined_machine_and_one_that_is_only_watched_are_never_changed(autonomy: Autonomy):
    for target in (replace(GRANTED, quarantined="its key changed"), replace(GRANTED, autonomy=Autonomy.WATCH)):
        assert decide(NO_RULES, (GRANT,), replace(RESTART, targets=(target,))).verdict is Verdict.DENY
    quarantined = replace(GRANTED, autonomy=autonomy, quarantined="its key changed")
    look = replace(RESTART, risk=Risk.READ, targets=(quarantined,))
    assert decide(NO_RULES, (), look).verdict is Verdict.DENY


def test_the_daily_ceiling_holds_whoever_asks():
    owner = Principal(
        id=PrincipalId("o"), kind=PrincipalKind.PERSON, name="Ada", strength=Strength.PASSKEY, rights=tuple(Right)
    )
    full = replace(RESTART, actor=owner, mutations_today=60)
    assert decide(NO_RULES, (GRANT,), full).verdict is Verdict.DENY
    assert decide(NO_RULES, (GRANT,), replace(full, risk=Risk.READ)).verdict is Verdict.ALLOW


def test_text_from_outside_raises_the_class_and_with_it_the_proof_that_is_needed():
    assert decide(NO_RULES, (), replace(RESTART, taint=Taint.OUTSIDE)).risk is Risk.RISKY
    by_chat = Rules(version="v", approvers={Risk.REVERSIBLE: Strength.CHAT})
    ada = Principal(
        id=PrincipalId("o"), kind=PrincipalKind.PERSON, name="Ada", strength=Strength.CHAT, rights=tuple(Right)
    )
    own = replace(RESTART, actor=ada, targets=(), risk=Risk.REVERSIBLE)
    assert decide(by_chat, (), own).verdict is Verdict.ALLOW
    assert decide(by_chat, (), replace(own, taint=Taint.OUTSIDE)).verdict is Verdict.DENY


def test_pause_leaves_people_free_and_stops_everybody_else():
    for kind, strength in product(PrincipalKind, Strength):
        actor = replace(RESTART.actor, kind=kind, strength=strength)
        decision = decide(NO_RULES, (GRANT,), replace(RESTART, actor=actor, brake=Brake.PAUSE))
        person = Verdict.ASK if strength is Strength.NONE else Verdict.ALLOW
        assert decision.verdict is (person if kind is PrincipalKind.PERSON else Verdict.DENY)


def test_who_proved_nothing_may_be_an_agent_and_gets_around_no_brake_and_no_rule_for_agents_by_saying_nothing():
    peer = replace(RESTART, actor=replace(RESTART.actor, kind=PrincipalKind.PERSON))
    only_people = Rules(
        version="v", rules=(Rule(name="n", when=Condition(actor=PrincipalKind.AGENT), then=Verdict.DENY),)
    )
    assert decide(NO_RULES, (GRANT,), peer).grant == GRANT.id
    for decision in (
        decide(NO_RULES, (GRANT,), replace(peer, brake=Brake.PAUSE)),
        decide(only_people, (GRANT,), peer),
    ):
        assert (decision.verdict, decision.grant) == (Verdict.ASK, None)
        assert "proven nothing" in decision.reasons[0].why
    assert decide(only_people, (), replace(peer, risk=Risk.READ)).verdict is Verdict.ALLOW
    proven = replace(peer, actor=replace(peer.actor, strength=Strength.CHAT))
    assert decide(only_people, (GRANT,), proven).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("when", "applies"),
    [
        ({}, True),
        ({"command": "unit.restart"}, True),
        ({"command": "unit.*"}, True),
        ({"command": "unit"}, False),
        ({"machine": "box-0"}, True),
        ({"machine": "box-*"}, True),
        ({"machine": "box"}, False),
        ({"group": "media"}, True),
        ({"group": "med"}, False),
        ({"risk": Risk.READ}, True),
        ({"risk": Risk.REVERSIBLE}, True),
        ({"risk": Risk.RISKY}, False),
        ({"actor": PrincipalKind.AGENT}, True),
        ({"actor": PrincipalKind.PERSON}, False),
        ({"hours": "11:00-13:00"}, True),
        ({"hours": "13:00-11:00"}, False),
        ({"command": "unit.*", "machine": "other"}, False),
    ],
)
def test_a_rule_applies_when_everything_it_says_fits(when: dict[str, Any], *, applies: bool):
    one = Rules(version="v", rules=(Rule(name="n", when=Condition(**when), then=Verdict.DENY),))
    in_group = replace(RESTART, targets=(replace(GRANTED, groups=("media",)),))
    assert (decide(one, (), in_group).verdict is Verdict.DENY) is applies


@pytest.mark.parametrize(
    ("hours", "clock", "applies"),
    [
        ("22:00-07:00", "22:00", True),
        ("22:00-07:00", "03:00", True),
        ("22:00-07:00", "06:59", True),
        ("22:00-07:00", "07:00", False),
        ("22:00-07:00", "21:59", False),
        ("09:00-17:00", "09:00", True),
        ("09:00-17:00", "17:00", False),
        ("00:00-23:59", "00:00", True),
    ],
)
def test_hours_may_cross_midnight(hours: str, clock: str, *, applies: bool):
    night = Rules(version="v", rules=(Rule(name="n", when=Condition(hours=hours), then=Verdict.DENY),))
    hour, minute = clock.split(":")
    request_ = replace(RESTART, now=NOW.replace(hour=int(hour), minute=int(minute)))
    assert (decide(night, (), request_).verdict is Verdict.DENY) is applies


@pytest.mark.parametrize(
    "hours", ["9:00-17:00", "22:00", "22:00-24:00", "12:00-12:00", "22:00-07:00\n", "x", "22:60-23:00"]
)
def test_hours_that_cannot_be_read_are_a_no_even_in_a_rule_that_would_only_ask(hours: str):
    assert not is_hours(hours)
    unreadable = Rules(version="v", rules=(Rule(name="n", when=Condition(hours=hours), then=Verdict.ASK),))
    assert decide(unreadable, (GRANT,), RESTART).verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("count", "fleet", "risk"),
    [(1, 1, Risk.REVERSIBLE), (2, 8, Risk.RISKY), (2, 7, Risk.DESTRUCTIVE), (3, 100, Risk.RISKY)],
)
def test_reach_raises_the_class(count: int, fleet: int, risk: Risk):
    reached = tuple(replace(GRANTED, machine=MachineId(f"m-{number}")) for number in range(count))
    assert decide(NO_RULES, (), replace(RESTART, targets=reached, fleet_size=fleet)).risk is risk


@given(right=st.sampled_from(Right), held=st.sets(st.sampled_from(Right)), granted=st.booleans())
def test_nothing_is_done_without_the_right_whatever_grants_and_rules_say(right: Right, held: set[Right], granted: bool):
    actor = replace(RESTART.actor, rights=tuple(held), strength=Strength.PASSKEY, kind=PrincipalKind.PERSON)
    for targets, risk in product(((), (GRANTED,)), (Risk.READ, Risk.REVERSIBLE)):
        request = replace(RESTART, actor=actor, right=right, targets=targets, risk=risk)
        decision = decide(NO_RULES, (GRANT,) if granted else (), request)
        assert (decision.verdict is Verdict.DENY) is (right not in held)
        assert any(reason.rule == "rights" for reason in decision.reasons) is (right not in held)
