"""Quiet hours: hours of the day in which a rule of the owner's policy holds changes back everywhere."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.hours import is_hours
from steward.model.policy import Condition, Rule, Rules, Verdict
from steward.model.risk import Risk

_CHANGES = (None, Risk.READ, Risk.REVERSIBLE)
"""Least classes of risk that take in every change."""


@record
class QuietHours:
    """One stretch of quiet hours."""

    hours: str
    """Local time, `22:00-07:00`; may cross midnight."""
    rule: str
    """Rule of `policy.yaml` that says so."""
    then: Verdict
    """What becomes of changes meanwhile: `deny`, or `ask` whatever grants say."""
    reason: str
    """Why, in the owner's words."""


def quiet_hours(rules: Rules) -> tuple[QuietHours, ...]:
    """Return the quiet hours of a policy; a rule for one machine, command or kind of actor makes none."""
    return tuple(
        QuietHours(hours=rule.when.hours, rule=rule.name, then=rule.then, reason=rule.reason)
        for rule in rules.rules
        if _is_quiet(rule)
    )


def _is_quiet(rule: Rule) -> bool:
    when = rule.when
    is_for_all = when == Condition(hours=when.hours, risk=when.risk) and when.risk in _CHANGES
    return is_for_all and is_hours(when.hours) and rule.then is not Verdict.ALLOW
