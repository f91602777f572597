"""May it be done: a pure function of rules, actor, command, target, brakes and grants.

Decision = the worst of everything that speaks. Unknown anything is a no. Only a grant can let a change run
without a person; a rule can only make it harder. Whoever is said to be a person and has proven nothing may be an
agent: it may propose, and neither pause nor a rule for agents is got around by it; what they would refuse an agent
is asked, and whoever decides proves to be a person. Models have no say here and cannot be reached from here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from steward.lib.record import record
from steward.model.access import Right
from steward.model.brake import Brake
from steward.model.grant import MILDEST_REFUSED, Grant, is_live
from steward.model.hours import is_hours, is_within
from steward.model.ids import MachineId
from steward.model.machine import Autonomy
from steward.model.principal import Principal, PrincipalKind
from steward.model.risk import Risk, Strength
from steward.model.taint import Taint


class Verdict(StrEnum):
    """What happens to a request."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


_VERDICTS = tuple(Verdict)
_UNPROVEN = "whoever asks has proven nothing and may be an agent: a person decides, no grant"


@record
class Condition:
    """What a rule applies to; every field that is set must fit, an empty one fits everything."""

    command: str = ""
    """Command name; `*` stands for any part: `unit.*`."""
    machine: str = ""
    """Machine name; `*` stands for any part."""
    group: str = ""
    """A group the machine belongs to."""
    risk: Risk | None = None
    """Risk class, this one or higher."""
    actor: PrincipalKind | None = None
    """Kind of principal."""
    hours: str = ""
    """Local hours of the day, `22:00-07:00`; may cross midnight. Hours that cannot be read deny."""


@record
class Rule:
    """One line of the owner's policy."""

    name: str
    """Short name, shown whenever the rule speaks."""
    when: Condition
    """What it applies to."""
    then: Verdict
    """`ask` or `deny`; `allow` only for commands that read."""
    reason: str = ""
    """Why, for whoever meets it."""


@record
class Limits:
    """Ceilings that hold whoever asks."""

    mutations_per_day: int = 60
    """Actions in 24 hours over all machines; the default is far above a normal evening."""
    waiting_plans: int = 50
    """Plans that wait for an answer at one time; one more is refused, for nobody reads so many."""
    waiting_per_requester: int = 20
    """The same for whoever asks, so that one that asks too much leaves room for the others."""


def _default_approvers() -> dict[Risk, Strength]:
    return {
        Risk.REVERSIBLE: Strength.STEP_UP,
        Risk.RISKY: Strength.STEP_UP,
        Risk.DESTRUCTIVE: Strength.STEP_UP,
    }


@record
class Rules:
    """The owner's policy file, read and checked."""

    version: str
    """Digest of the file; part of every plan."""
    rules: tuple[Rule, ...] = ()
    """In the order of the file; all that apply speak, the worst wins."""
    approvers: dict[Risk, Strength] | None = None
    """Least proof that may approve each class; a class that is not listed keeps its default."""
    limits: Limits = Limits()
    """Ceilings."""

    def least_strength(self, risk: Risk) -> Strength:
        """Return the weakest proof that may approve this class.

        A class never needs less than a milder one, and never no proof at all.
        """
        table = _default_approvers()
        table.update({r: s for r, s in (self.approvers or {}).items() if r in table and s is not Strength.NONE})
        if risk is Risk.NEVER:
            return Strength.PASSKEY
        milder = [table[each] for each in table if each.rank <= max(risk.rank, Risk.REVERSIBLE.rank)]
        return max(milder, key=lambda strength: strength.rank)


@record
class TargetFacts:
    """What policy needs to know of one target."""

    machine: MachineId
    """Id."""
    name: str
    """Name, for rules."""
    groups: tuple[str, ...]
    """Groups, for rules."""
    autonomy: Autonomy
    """How far Steward may go there."""
    quarantined: str = ""
    """Why nothing is sent there, or empty."""


@record
class Request:
    """One command (or one step of a plan) to be judged."""

    command: str
    """Name in the catalogue; an unknown name is a no."""
    is_known: bool
    """Whether the catalogue has it."""
    input: dict[str, Any]
    """Its input."""
    risk: Risk
    """Class the command declares for this very use."""
    actor: Principal
    """Who asks."""
    taint: Taint
    """Whether untrusted text took part."""
    targets: tuple[TargetFacts, ...]
    """Machines it would change; empty for the control plane itself."""
    fleet_size: int
    """Machines in the inventory."""
    brake: Brake
    """Brake that is on."""
    now: datetime
    """Local wall clock with its zone."""
    mutations_today: int
    """Actions of the last 24 hours."""
    proof: Strength | None = None
    """For a command about Steward itself: least proof it needs; None takes the table of risk classes, `none`
    is for what only looks, proposes or brakes."""
    is_grantable: bool = True
    """False for shells, interpreters and whatever has no undo: no grant covers them."""
    right: Right = Right.PROPOSE
    """What whoever asks must hold; a change of a machine is proposed."""
    over_quota: str = ""
    """Which quota of this command is used up, or empty."""
    uses_today: dict[str, int] | None = None
    """Uses of each grant (by id) in the last 24 hours; None when nobody counted: then no grant covers anything."""


@record
class Reason:
    """One voice in a decision."""

    verdict: Verdict
    """What it says."""
    rule: str
    """Which rule, brake, limit or grant speaks."""
    why: str
    """In words."""


@record
class Decision:
    """What happens, and every reason for it."""

    verdict: Verdict
    """The worst of the reasons."""
    risk: Risk
    """Class after everything that raises it."""
    least: Strength
    """Weakest proof that may approve it."""
    reasons: tuple[Reason, ...]
    """Every voice, the deciding ones first."""
    grant: str | None = None
    """Grant that lets it run, or None."""
    grants: tuple[str, ...] = ()
    """For a plan that runs without asking: the grant of each step, in their order."""


def decide(rules: Rules, grants: tuple[Grant, ...], request: Request) -> Decision:
    """Judge one request.

    1. What is unknown, never allowed, or beyond the actor's rights is denied.
    2. Taint, several machines and over a quarter of the fleet raise the class.
    3. Brakes, quarantine, autonomy, limits and the owner's rules speak.
    4. A change that nothing denied is asked, unless one grant covers all of it.
    """
    risk = effective_risk(request)
    reasons = [*_refusals(request), *_brakes(request), *_limits(rules, request), *_targets(request, risk)]
    reasons += [] if _only_brakes(request) else _spoken(rules, request, risk)
    grant = None
    if risk is Risk.READ:
        reasons.append(Reason(verdict=Verdict.ALLOW, rule="reads", why="it changes nothing"))
    elif request.targets:
        grant = _covering(grants, request, risk)
        reasons.append(_asked(risk, grant))
    else:
        least = rules.least_strength(risk) if request.proof is None else request.proof
        reasons.append(_own_hand(request, least))
    reasons.sort(key=lambda reason: -_VERDICTS.index(reason.verdict))
    return Decision(
        verdict=reasons[0].verdict,
        risk=risk,
        least=rules.least_strength(risk),
        reasons=tuple(reasons),
        grant=grant.id if grant and reasons[0].verdict is Verdict.ALLOW else None,
    )


def effective_risk(request: Request) -> Risk:
    """Return the class after what raises it: taint by one, several machines by one, much of the fleet to the top."""
    risk = request.risk
    if risk in {Risk.READ, Risk.NEVER}:
        return risk
    if request.taint is Taint.OUTSIDE:
        risk = risk.raised(1)
    touched = len({target.machine for target in request.targets})
    if touched > 1:
        risk = risk.raised(1)
        if touched * 4 > request.fleet_size:
            risk = Risk.DESTRUCTIVE
    return risk


def _refusals(request: Request) -> list[Reason]:
    if not request.is_known:
        return [Reason(verdict=Verdict.DENY, rule="catalogue", why=f"there is no command `{request.command}`")]
    if request.risk is Risk.NEVER:
        return [Reason(verdict=Verdict.DENY, rule="never", why="this is refused whoever asks")]
    if request.right not in request.actor.rights:
        why = f"{request.actor.name} has no right to {request.right.value}"
        return [Reason(verdict=Verdict.DENY, rule="rights", why=why)]
    return []


def _only_brakes(request: Request) -> bool:
    """Tell whether this can only slow Steward down; no rule of the owner may stand in the way of that."""
    return not request.targets and request.proof is Strength.NONE and request.risk is not Risk.READ


def _spoken(rules: Rules, request: Request, risk: Risk) -> list[Reason]:
    reasons: list[Reason] = []
    for rule in rules.rules:
        if rule.when.hours and not is_hours(rule.when.hours):
            why = f"its hours `{rule.when.hours}` cannot be read, and what cannot be read is a no"
            reasons.append(Reason(verdict=Verdict.DENY, rule=rule.name, why=why))
        elif _applies(rule.when, request, risk):
            reasons.append(Reason(verdict=rule.then, rule=rule.name, why=rule.reason or "the owner's rule"))
        elif rule.then is not Verdict.ALLOW and _may_apply(rule.when, request, risk):
            reasons.append(Reason(verdict=Verdict.ASK, rule=rule.name, why=f"it is for agents, and {_UNPROVEN}"))
    return reasons


def _may_apply(when: Condition, request: Request, risk: Risk) -> bool:
    """Tell whether a rule for agents applies to a change if the peer that asks, and proved nothing, is one."""
    if risk is Risk.READ or not request.targets or not request.actor.may_be_an_agent:
        return False
    return _applies(when, replace(request, actor=replace(request.actor, kind=PrincipalKind.AGENT)), risk)


def _brakes(request: Request) -> list[Reason]:
    if request.risk is Risk.READ or not request.targets:
        return []
    if request.brake in {Brake.FREEZE, Brake.STOP}:
        why = f"{request.brake.value} is on: nothing that changes anything runs; lift it with `steward resume`"
        return [Reason(verdict=Verdict.DENY, rule=request.brake.value, why=why)]
    if request.brake is not Brake.PAUSE:
        return []
    if request.actor.kind is not PrincipalKind.PERSON:
        return [Reason(verdict=Verdict.DENY, rule="pause", why="pause is on: only people start work")]
    if request.actor.may_be_an_agent:
        return [Reason(verdict=Verdict.ASK, rule="pause", why=f"pause is on: only people start work, and {_UNPROVEN}")]
    return []


def _limits(rules: Rules, request: Request) -> list[Reason]:
    if request.risk is Risk.READ or not request.targets:
        return []
    most = rules.limits.mutations_per_day
    if request.mutations_today >= most:
        why = f"{request.mutations_today} actions in 24 hours reach the limit of {most}"
        return [Reason(verdict=Verdict.DENY, rule="limits.mutations_per_day", why=why)]
    if request.over_quota:
        return [Reason(verdict=Verdict.DENY, rule=f"quota {request.command}", why=request.over_quota)]
    return []


def _targets(request: Request, risk: Risk) -> list[Reason]:
    reasons: list[Reason] = []
    for target in request.targets:
        if target.quarantined:
            why = f"{target.name} is quarantined: {target.quarantined}"
            reasons.append(Reason(verdict=Verdict.DENY, rule="quarantine", why=why))
        if risk is not Risk.READ and target.autonomy is Autonomy.WATCH:
            why = f"{target.name} is watch only; raise it with `steward machines promote {target.name}`"
            reasons.append(Reason(verdict=Verdict.DENY, rule="autonomy", why=why))
    return reasons


def _asked(risk: Risk, grant: Grant | None) -> Reason:
    if grant is not None:
        why = f"covered until {grant.expires:%Y-%m-%d}, at most {grant.daily_maximum} a day"
        return Reason(verdict=Verdict.ALLOW, rule=f"grant {grant.id}", why=why)
    return Reason(verdict=Verdict.ASK, rule="changes are asked", why=f"it is {risk.value} and no grant covers it")


def _own_hand(request: Request, least: Strength) -> Reason:
    """A command about Steward itself is a person's own decision: it needs their proof instead of a second ask."""
    actor = request.actor
    if least is Strength.NONE:
        return Reason(verdict=Verdict.ALLOW, rule="safe for anyone", why="it only looks, proposes or brakes")
    if actor.kind is PrincipalKind.PERSON and actor.strength.meets(least):
        return Reason(verdict=Verdict.ALLOW, rule="your own hand", why=f"{actor.name} proved who they are")
    why = f"only a person with at least `{least.value}` proof may do this"
    return Reason(verdict=Verdict.DENY, rule="proof", why=why)


def _covering(grants: tuple[Grant, ...], request: Request, risk: Risk) -> Grant | None:
    if not request.is_grantable or risk.rank >= MILDEST_REFUSED.rank or request.taint is Taint.OUTSIDE:
        return None
    if request.uses_today is None:
        return None
    return next((grant for grant in grants if _covers(grant, request)), None)


def _covers(grant: Grant, request: Request) -> bool:
    used = (request.uses_today or {}).get(grant.id, 0)
    return (
        grant.command == request.command
        and is_live(grant, request.now)
        and used < grant.daily_maximum
        and all(t.machine in grant.targets and t.autonomy is Autonomy.GRANTED for t in request.targets)
        and all(name in request.input and _same(request.input[name], value) for name, value in grant.where.items())
    )


def _same(given: object, granted: object) -> bool:
    """Compare strictly: `1` is not `true`."""
    return type(given) is type(granted) and given == granted


def _applies(when: Condition, request: Request, risk: Risk) -> bool:
    names = [target.name for target in request.targets]
    groups = {group for target in request.targets for group in target.groups}
    return (
        (not when.command or fnmatchcase(request.command, when.command))
        and (not when.machine or any(fnmatchcase(name, when.machine) for name in names))
        and (not when.group or when.group in groups)
        and (when.risk is None or risk.rank >= when.risk.rank)
        and (when.actor is None or request.actor.kind is when.actor)
        and (not when.hours or is_within(when.hours, request.now))
    )
