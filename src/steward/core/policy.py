"""The owner's policy file: read with line-numbered errors, kept in force when an edit breaks it, asked for decisions.

A policy file that is missing, empty or broken never means "no rules": the last good version stays in force, and
when there is none, everything that changes anything is denied until the file is mended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from itertools import pairwise

from steward.core.accepted import Accepted, Record
from steward.core.gate import OwnTables
from steward.core.sources import InForce, Source
from steward.lib.canonical import digest
from steward.lib.codec import encode
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.accepted import rules_in_force, rules_loosened
from steward.model.errors import Conflict, InvalidFile
from steward.model.grant import Grant
from steward.model.hours import is_hours
from steward.model.policy import Condition, Decision, Limits, Request, Rule, Rules, Verdict, decide
from steward.model.principal import STEWARD, Principal
from steward.model.risk import Risk, Strength
from steward.model.workspace import POLICY_FILE
from steward.ports.repository import Repository

_PATTERN = re.compile(r"[a-z0-9*][a-z0-9_.*-]*")
_MOST = 100_000
_VERSION_SHOWN = 12
_APPROVED = (Risk.REVERSIBLE, Risk.RISKY, Risk.DESTRUCTIVE)


@record
class Approvers:
    """Least proof that may approve each class of risk; a class never needs less than a milder one."""

    reversible: Strength | None = None
    """For what can be put back, proven."""
    risky: Strength | None = None
    """For what can be put back with effort."""
    destructive: Strength | None = None
    """For what cannot be put back."""


@record
class PolicyFile:
    """What `policy.yaml` holds."""

    rules: tuple[Rule, ...]
    """Rules; all that apply speak and the strictest wins. `[]` for none."""
    approvers: Approvers | None = None
    """Who may approve; a class that is not listed keeps its default, `step_up`."""
    limits: Limits = Limits()
    """Ceilings that hold whoever asks."""


class Policy:
    """Decides by the rules in force."""

    def __init__(
        self, *, repository: Repository, commands: Mapping[str, Risk], accepted: Accepted | None = None
    ) -> None:
        """Watch over `policy.yaml`; `commands` gives every name of the catalogue with its least risk class.

        Without `accepted` the text alone is in force: for whoever only reads the file.
        """
        self._accepted = accepted
        self.gate = OwnTables(repository)

        def parse(text: str) -> Rules:
            return parse_policy(text, commands=commands)

        self._in_force = InForce(repository=repository, path=POLICY_FILE, parse=parse)

    def rules(self) -> Rules:
        """Return the rules in force: what is written, and what of the accepted rules it would loosen.

        Where no version was ever good these are rules that deny every change.
        """
        written, record = self.written(), self._record()
        return written if record is None else rules_in_force(written, record.rules)

    def written(self) -> Rules:
        """Return the rules as the text has them, accepted or not."""
        try:
            return self._in_force.current()
        except InvalidFile as error:
            return _closed(error)

    def loosened(self) -> tuple[str, ...]:
        """Return what edits by hand would loosen and is not in force; the last line says how to accept it."""
        record = self._record()
        found = rules_loosened(self.written(), record.rules) if record and not self.problems() else ()
        if not found:
            return ()
        return tuple(
            f"{POLICY_FILE} was edited by hand: {what}. Next: `steward policy accept {self.shown_version()}`, or put "
            "the text back"
            for what in found
        )

    def shown_version(self) -> str:
        """Return the version of the text, short, as `accept` asks for it."""
        return self.written().version[:_VERSION_SHOWN]

    def accept(self, version: str, by: Principal) -> Rules:
        """Put the text in force as it is; the caller has made sure who asks.

        Raises:
            Conflict: the text is another one than the version that was looked at.
            InvalidFile: the text must be mended first.
        """
        if problems := self.problems():
            raise InvalidFile.first_of(problems)
        written = self.written()
        if len(version) < _VERSION_SHOWN or not written.version.startswith(version):
            step = "look at the file and at `steward policy check`, which shows its version"
            raise Conflict(f"{POLICY_FILE} is not version {visible_line(version)}", next_step=step)
        if self._accepted and self._record():
            self._accepted.keep_rules(written, by)
        return written

    def settle(self) -> None:
        """Write down an edit by hand that only tightens, so that taking it back needs the owner."""
        record = self._record()
        if self._accepted is None or record is None or self.problems():
            return
        written = self.written()
        if rules_loosened(record.rules, written) and not rules_loosened(written, record.rules):
            self._accepted.keep_rules(written, STEWARD, kind="policy.tightened")

    def _record(self) -> Record | None:
        return self._accepted.record() if self._accepted else None

    def version(self) -> str:
        """Return the digest of the rules in force, which every plan carries."""
        return self.rules().version

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the file as it is now; empty when it is what is in force."""
        return self._in_force.problems()

    def decide(self, request: Request, grants: tuple[Grant, ...]) -> Decision:
        """Judge one request by the rules in force and these grants."""
        return decide(self.rules(), grants, request)


def parse_policy(text: str, *, commands: Mapping[str, Risk], file: str = POLICY_FILE) -> Rules:
    """Read the text of a policy.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    data = source.value
    fields = data if isinstance(data, dict) else {}
    listed = fields.get("rules")
    if not isinstance(listed, list):
        source.note(("rules",), "`rules` must be a list", next_step="write `rules: []` for none")
        listed = []
    for key in fields:
        if key not in {"rules", "approvers", "limits"}:
            near = nearest(key, ("rules", "approvers", "limits"))
            step = f"did you mean `{near}`?" if near else "known are rules, approvers, limits"
            source.note((key,), f"unknown field `{visible_line(key)}`", next_step=step, at_key=True)
    rules = tuple(_rule(source, index, commands) for index in range(len(listed)))
    approvers = _approvers(source) if fields.get("approvers") is not None else None
    limits = _limits(source) if fields.get("limits") is not None else Limits()
    _check_names(source, rules)
    source.end()
    content = Rules(version="", rules=tuple(rule for rule in rules if rule), approvers=approvers, limits=limits)
    return replace(content, version=digest(encode(content), domain="steward-policy-v1"))


def _closed(error: InvalidFile) -> Rules:
    reason = f"no good version of the policy is known ({error}); mend the file, then `steward policy check`"
    rule = Rule(name=POLICY_FILE, when=Condition(risk=Risk.REVERSIBLE), then=Verdict.DENY, reason=reason)
    return Rules(version=digest(encode(rule), domain="steward-policy-v1"), rules=(rule,))


def _rule(source: Source, index: int, commands: Mapping[str, Risk]) -> Rule | None:
    at = ("rules", index)
    rule = source.decode(Rule, at)
    if rule is None:
        return None
    if not rule.name.strip() or "\n" in rule.name:
        source.note((*at, "name"), "a rule needs a name of one line, shown whenever it speaks")
    when = rule.when
    if when.command:
        _check_command(source, (*at, "when", "command"), when.command, commands)
    for field in ("machine", "group"):
        pattern = str(getattr(when, field))
        if pattern and (not _PATTERN.fullmatch(pattern) or (field == "group" and "*" in pattern)):
            step = "use lower-case letters, digits, dot and dash" + (", `*` for any part" if field == "machine" else "")
            source.note((*at, "when", field), f"`{visible_line(pattern)}` names no {field}", next_step=step)
    if when.hours and not is_hours(when.hours):
        step = "write both ends with four digits, `22:00-07:00`; they must differ"
        source.note((*at, "when", "hours"), f"`{visible_line(when.hours)}` are no hours", next_step=step)
    if rule.then is Verdict.ALLOW:
        _check_allow(source, at, when, commands)
    return rule


def _check_command(source: Source, at: tuple[str | int, ...], pattern: str, commands: Mapping[str, Risk]) -> None:
    if not _PATTERN.fullmatch(pattern):
        source.note(at, f"`{visible_line(pattern)}` is no pattern", next_step="use a command name, `*` for any part")
    elif not any(fnmatchcase(name, pattern) for name in commands):
        near = nearest(pattern, commands)
        step = f"did you mean `{near}`?" if near else "see `steward --help` for every command"
        source.note(at, f"no command fits `{pattern}`", next_step=step)


def _check_allow(source: Source, at: tuple[str | int, ...], when: Condition, commands: Mapping[str, Risk]) -> None:
    """Refuse `then: allow` but for reads: a rule can only make a change harder."""
    touched = {risk for name, risk in commands.items() if fnmatchcase(name, when.command or "*")}
    if touched - {Risk.READ}:
        why = "a change runs without a person only by a grant"
        step = "write `ask` or `deny`, or give a grant with `steward grants add`"
        source.note((*at, "then"), "`allow` is only for commands that read", why=why, next_step=step)


def _check_names(source: Source, rules: tuple[Rule | None, ...]) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        if rule and rule.name in seen:
            what = f"there is already a rule `{visible_line(rule.name)}`"
            source.note(("rules", index, "name"), what, next_step="give every rule its own name")
        seen.add(rule.name if rule else "")


def _approvers(source: Source) -> dict[Risk, Strength] | None:
    shape = source.decode(Approvers, ("approvers",))
    if shape is None:
        return None
    given = {risk: strength for risk in _APPROVED if (strength := getattr(shape, risk.value)) is not None}
    for risk, strength in given.items():
        if strength is Strength.NONE:
            source.note(("approvers", risk.value), "nobody can approve with no proof at all", next_step="write `chat`")
    rules = Rules(version="", approvers=given)
    for milder, worse in pairwise(_APPROVED):
        if worse in given and given[worse].rank < rules.least_strength(milder).rank:
            least = rules.least_strength(milder).value
            what = f"`{worse.value}` needs at least what `{milder.value}` needs, `{least}`"
            source.note(("approvers", worse.value), what)
    return given


def _limits(source: Source) -> Limits:
    limits = source.decode(Limits, ("limits",)) or Limits()
    for field in fields(limits):
        if not 0 <= getattr(limits, field.name) <= _MOST:
            source.note(("limits", field.name), f"`{field.name}` must be a number from 0 to {_MOST}")
    return limits
