"""The four questions: is something wrong, is it urgent, what waits, what is running."""

from __future__ import annotations

from datetime import UTC, datetime

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.lines import ApprovalLine, RunLine, approval_lines, run_lines
from steward.core.team import Team, team_of
from steward.core.trigger_problems import trigger_problems
from steward.lib.record import record
from steward.lib.text import age, plural
from steward.model.access import Right
from steward.model.approval import ApprovalState
from steward.model.brake import Brake, BrakeState
from steward.model.command import Example
from steward.model.finding import Finding, Severity
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.model.run import UNDER_WAY
from steward.store import facts, findings

_ORDER = tuple(Severity)
_RECENT = 20
_NEVER = datetime.max.replace(tzinfo=UTC)


@record
class MachineLine:
    """One machine in one line."""

    id: MachineId
    """Id."""
    name: str
    """Name."""
    status: str
    """`ok`, `watch`, `warning`, `down`, `unknown` or `paused`."""
    autonomy: str
    """How far Steward may go there."""
    seen_at: datetime | None
    """When it was last looked at."""
    findings: int
    """Open findings."""
    note: str
    """What a person should know first."""


@record
class Status:
    """The state of the lab as Steward knows it."""

    sentence: str
    """The answer in one sentence."""
    brake: BrakeState
    """Brake that is on."""
    machines: tuple[MachineLine, ...]
    """Every machine."""
    findings: tuple[Finding, ...]
    """Open findings, worst first."""
    waiting: tuple[ApprovalLine, ...]
    """What waits for a person."""
    running: tuple[RunLine, ...]
    """What is being done, and what waits on its way: `waits_for` says for what."""
    team: Team
    """Who carries runs out, and what waits for them."""
    problems: tuple[str, ...]
    """What is wrong with the workspace's files, and with who should carry runs out."""
    as_of: datetime
    """When this was put together."""

    @property
    def exit_code(self) -> int:
        """0 when all is well, 10 with warnings, 11 when something is down."""
        severities = {finding.severity for finding in self.findings}
        if Severity.DOWN in severities:
            return 11
        return 10 if severities & {Severity.WARNING, Severity.UNKNOWN} or self.problems else 0


@record
class StatusInput:
    """Tell whether something is wrong, what waits for you, and what is being done.

    The answer comes from what was last seen and says how old that is.
    """


def worst_first(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Sort findings by severity, then by age."""
    return tuple(sorted(found, key=lambda f: (-_ORDER.index(f.severity), f.since or _NEVER, f.title)))


async def status(desk: Desk, _input: StatusInput) -> Status:
    """Put the state of the lab together."""
    machines = desk.workspace.inventory().machines
    known = {machine.id for machine in machines}
    found = worst_first(tuple(f for f in await desk.storage.read(findings.still_open) if f.machine in known))
    seen = {row.machine: row for row in await desk.storage.read(facts.sightings)}
    waiting = await approval_lines(desk, (ApprovalState.PENDING,))
    running = await run_lines(desk, tuple(UNDER_WAY), limit=_RECENT)
    brake = await desk.brakes.state()
    team = await desk.storage.read(team_of, desk.storage.database)
    lines = tuple(_line(m, found, seen[m.id].at if m.id in seen else None, brake) for m in machines)
    return Status(
        sentence=_sentence(lines, found, waiting, brake),
        brake=brake,
        machines=lines,
        findings=found,
        waiting=waiting,
        running=running,
        team=team,
        problems=(
            *([team.problem] if team.problem else []),
            *(str(problem) for problem in (*desk.workspace.problems(), *desk.policy.problems())),
            *(str(problem) for problem in desk.repositories.problems()),
            *desk.policy.loosened(),
            *await trigger_problems(desk),
        ),
        as_of=desk.clock.now(),
    )


def _line(machine: Machine, found: tuple[Finding, ...], seen_at: datetime | None, brake: BrakeState) -> MachineLine:
    mine = [finding for finding in found if finding.machine == machine.id]
    status = mine[0].severity.value if mine else "ok"
    if machine.quarantined:
        status = Severity.DOWN.value
    elif seen_at is None and not mine:
        status = Severity.UNKNOWN.value
    elif brake.brake is Brake.STOP:
        status = "paused"
    note = machine.quarantined or (mine[0].title if mine else "" if seen_at else "not looked at yet")
    return MachineLine(
        id=machine.id,
        name=machine.name,
        status=status,
        autonomy=machine.autonomy.value,
        seen_at=seen_at,
        findings=len(mine),
        note=note,
    )


def _sentence(
    lines: tuple[MachineLine, ...], found: tuple[Finding, ...], waiting: tuple[ApprovalLine, ...], brake: BrakeState
) -> str:
    unseen = [line.name for line in lines if line.seen_at is None]
    wrong = [finding for finding in found if finding.severity is not Severity.WATCH]
    parts: list[str] = []
    if brake.brake is not Brake.NONE:
        parts.append(f"{brake.brake.value.capitalize()} is on.")
    if unseen:
        parts.append(f"I cannot see {', '.join(unseen)}.")
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        parts.append(f"{wrong[0].title}{more}.")
    elif not unseen:
        parts.append(f"Nothing is wrong on {plural(len(lines), 'machine')}.")
    if waiting:
        parts.append(f"{plural(len(waiting), 'plan')} {'waits' if len(waiting) == 1 else 'wait'} for you.")
    return " ".join(parts)


STATUS = CommandSpec(
    name="status",
    right=Right.READ,
    input=StatusInput,
    output=Status,
    handler=status,
    risk=Risk.READ,
    examples=(
        Example(line="status", does="Say whether something is wrong and what waits for you"),
        Example(line="status --json", does="The same as one JSON object, for scripts"),
    ),
)
COMMANDS = (STATUS,)


def told(found: Finding, now: datetime) -> str:
    """Say how long a finding has been there."""
    return age(now - found.since) if found.since else "new"
