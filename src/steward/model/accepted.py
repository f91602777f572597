"""What of a text file is in force: what its owner accepted, made stricter by whatever the text says now.

Any process of the owner's user can edit a text file. So an edit that tightens is in force at once, and one that
loosens is in force only after the owner has proven who they are.
"""

from __future__ import annotations

from dataclasses import fields, replace

from steward.lib.canonical import digest
from steward.lib.codec import encode
from steward.model.machine import Autonomy, Machine
from steward.model.policy import Limits, Rule, Rules, Verdict
from steward.model.risk import Risk, Strength

_AUTONOMY = tuple(Autonomy)
_VERDICTS = tuple(Verdict)
_WAY = ("via", "guest")
"""What a host key was confirmed for: the key of one machine says nothing about another thing that runs on it."""
_IDENTITY = ("name", "transport", "user", *_WAY)
"""What autonomy was given to: a machine of another name meets other rules, another user has other rights."""
_CLASSES = (Risk.REVERSIBLE, Risk.RISKY, Risk.DESTRUCTIVE)


def machine_in_force(written: Machine, accepted: Machine | None) -> Machine:
    """Return a machine as it may be used: never with a key, an autonomy or without a quarantine nobody accepted."""
    if accepted is None:
        return replace(written, host_key="", autonomy=Autonomy.WATCH)
    return replace(
        written,
        host_key=accepted.host_key if written.host_key and _is_same_way(written, accepted) else "",
        autonomy=Autonomy.WATCH if altered(written, accepted) else _lower(written.autonomy, accepted.autonomy),
        quarantined=written.quarantined or accepted.quarantined,
    )


def _is_same_way(written: Machine, accepted: Machine) -> bool:
    return all(getattr(written, name) == getattr(accepted, name) for name in _WAY)


def altered(written: Machine, accepted: Machine) -> str:
    """Say what makes it another machine than the one that was promoted, or nothing."""
    for name in _IDENTITY:
        if getattr(written, name) != getattr(accepted, name):
            return f"its {name} is now `{getattr(written, name)}`, was `{getattr(accepted, name)}`"
    left = [group for group in accepted.groups if group not in written.groups]
    return f"it has left the group `{left[0]}`" if left else ""


def machine_tightened(written: Machine, accepted: Machine) -> Machine:
    """Return what stays accepted once an edit has tightened it: taking that edit back loosens."""
    return replace(
        accepted,
        host_key=accepted.host_key if written.host_key else "",
        autonomy=_lower(written.autonomy, accepted.autonomy),
        quarantined=accepted.quarantined or written.quarantined,
        groups=(*accepted.groups, *(group for group in written.groups if group not in accepted.groups)),
    )


def machine_loosened(written: Machine, accepted: Machine | None) -> tuple[tuple[str, str], ...]:
    """Say what an edit by hand would loosen, each with what to type to accept it."""
    used = machine_in_force(written, accepted)
    found: list[tuple[str, str]] = []
    confirm = f"steward machines confirm {written.name} {written.host_key or used.host_key}".rstrip()
    if written.host_key != used.host_key:
        found.append((f"the host key {written.host_key} would be pinned for {written.name}", confirm))
    if used.quarantined and not written.quarantined:
        found.append((f"the quarantine of {written.name} would be lifted", confirm))
    if written.autonomy is not used.autonomy:
        why = altered(written, accepted) if accepted else ""
        told = f"{written.name} would be promoted to {written.autonomy.value}" + (f" although {why}" if why else "")
        found.append((told, f"steward machines promote {written.name} --to {written.autonomy.value}"))
    return tuple(found)


def rules_in_force(written: Rules, accepted: Rules) -> Rules:
    """Return the strictest of both: every rule of either, the stronger proof, the lower limit."""
    if not rules_loosened(written, accepted):
        return written
    missing = tuple(rule for rule in accepted.rules if _is_missing(rule, written))
    both = Rules(
        version="",
        rules=(*written.rules, *missing),
        approvers={risk: _stronger(written, accepted, risk) for risk in _CLASSES},
        limits=_least(written.limits, accepted.limits),
    )
    return replace(both, version=digest(encode(both), domain="steward-policy-v1"))


def rules_loosened(written: Rules, accepted: Rules) -> tuple[str, ...]:
    """Say what an edit by hand would loosen; nothing when it only tightens, or changes words."""
    found = [f"the rule `{rule.name}` would be gone" for rule in accepted.rules if _is_missing(rule, written)]
    for risk in _CLASSES:
        now, before = written.least_strength(risk), accepted.least_strength(risk)
        if now.rank < before.rank:
            found.append(f"`{now.value}` would do to approve what is {risk.value}, was `{before.value}`")
    for field in fields(Limits):
        now, before = getattr(written.limits, field.name), getattr(accepted.limits, field.name)
        if now > before:
            found.append(f"the limit {field.name} would be {now}, was {before}")
    return tuple(found)


def _lower(one: Autonomy, other: Autonomy) -> Autonomy:
    return min(one, other, key=_AUTONOMY.index)


def _is_missing(rule: Rule, rules: Rules) -> bool:
    """Tell whether nothing in these rules is as strict; `allow` adds nothing to what reads may do anyway."""
    return rule.then is not Verdict.ALLOW and not any(
        other.when == rule.when and _VERDICTS.index(other.then) >= _VERDICTS.index(rule.then) for other in rules.rules
    )


def _stronger(one: Rules, other: Rules, risk: Risk) -> Strength:
    return max(one.least_strength(risk), other.least_strength(risk), key=lambda strength: strength.rank)


def _least(one: Limits, other: Limits) -> Limits:
    """Take the lower of each; every limit is a ceiling."""
    return Limits(**{field.name: min(getattr(one, field.name), getattr(other, field.name)) for field in fields(Limits)})
