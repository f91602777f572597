"""The frozen plan: everything that can influence execution, and nothing outside it can.

workflow ──compile(workflow, facts)──> plan ──fingerprint──> approval ──consume──> run
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from steward.lib.record import record
from steward.model.command import Command
from steward.model.flow import Course, StepFlow
from steward.model.hold import Hold
from steward.model.ids import FindingId, MachineId, PlanId, PrincipalId
from steward.model.machine import Machine, Transport
from steward.model.principal import PrincipalKind
from steward.model.probe import Probe
from steward.model.resource import Resource
from steward.model.risk import Risk
from steward.model.secret import SecretRef
from steward.model.taint import Taint

SCHEMA = "steward-plan-v1"


@record
class Requester:
    """Who asked for the plan, and by which way in."""

    id: PrincipalId
    """Immutable id."""
    kind: PrincipalKind
    """Kind of principal."""
    channel: str
    """Way in."""


@record
class EnvironmentValue:
    """One variable for a program: plain text or a secret by reference, never a secret's value."""

    name: str
    """Name of the variable."""
    value: str = ""
    """Plain text, or empty."""
    secret: SecretRef | None = None
    """The secret to put there at the last moment, or None."""


@record
class PlannedFile:
    """A file written from the approved bytes."""

    destination: str
    """Absolute path."""
    mode: str
    """Octal permissions, `0644`."""
    owner: str
    """`user:group`."""
    content_hash: str
    """SHA-256 of the bytes; the bytes lie in the store under this name."""


@record
class PlannedAction:
    """One program with resolved words, ready to start."""

    key: str
    """Idempotency key: the machine runs an action of this key at most once."""
    argv: tuple[str, ...]
    """Exact words, `sudo -n` included where it is needed."""
    cwd: str = "/"
    """Working directory."""
    user: str = ""
    """User the connection logs in as; empty for the control plane's own."""
    environment: tuple[EnvironmentValue, ...] = ()
    """Variables besides a fixed minimal set."""
    stdin_hash: str = ""
    """SHA-256 of the bytes on standard input; empty for none."""
    files: tuple[PlannedFile, ...] = ()
    """Files written before the program starts."""
    timeout_seconds: int = 60
    """Deadline, kept on the machine and by the control plane."""
    output_limit: int = 65_536
    """Most bytes of output kept."""


@record
class PlannedUndo:
    """How a step is put back."""

    says: str
    """What undoing does, or what is lost."""
    is_possible: bool
    """False: irreversible."""
    actions: tuple[PlannedAction, ...] = ()
    """Run in order."""
    verify: tuple[Probe, ...] = ()
    """Proof that things are back."""


@record
class PlanStep:
    """One effect on one machine."""

    id: str
    """Name within the plan."""
    command: Command
    """The typed command this came from."""
    machine: MachineId
    """Where it happens."""
    resource: Resource
    """What it changes."""
    says: str
    """The effect in one line."""
    action: PlannedAction
    """The program."""
    effects: tuple[str, ...]
    """What will be different, a line each."""
    preconditions: tuple[Probe, ...]
    """Asked again immediately before; a no makes the plan stale."""
    verify: tuple[Probe, ...]
    """Proof of success."""
    undo: PlannedUndo
    """How it is put back."""
    risk: Risk
    """Class of this step."""
    needs: tuple[str, ...] = ()
    """Steps that must have succeeded before."""
    downtime_seconds: int = 0
    """Longest expected interruption."""
    bytes_touched: int = 0
    """Bytes of data removed or rewritten."""
    flow: StepFlow | None = None
    """How it hangs together with the others beyond `needs`, or None."""


@record
class Target:
    """A machine as it was when the plan was made; a changed key or address makes the plan stale."""

    machine: MachineId
    """Immutable id."""
    name: str
    """Name at that time."""
    address: str
    """Where it was reached."""
    user: str
    """User logged in as."""
    host_key: str
    """Pinned host key fingerprint; empty for the local machine."""
    transport: Transport = Transport.SSH
    """How it was reached."""
    port: int = 22
    """Port of its SSH server."""
    proxy_jump: str = ""
    """Machines gone through."""
    identity_file: str = ""
    """Key logged in with."""
    via: str = ""
    """Machine that runs it; `host_key` is the key of that one."""
    guest: str = ""
    """What it is called there."""


@record
class BlastRadius:
    """How far the plan reaches."""

    machines: int
    """Machines changed."""
    services: int
    """Services interrupted."""
    bytes: int
    """Bytes of data removed or rewritten."""


@record
class Plan:
    """Frozen steps with resolved targets. Flip one byte of any of it: a new plan, a new approval."""

    id: PlanId
    """Id."""
    requester: Requester
    """Who asked."""
    title: str
    """What it does, verb first."""
    goal: str
    """What will be true afterwards."""
    finding: FindingId | None
    """Finding it is to cure."""
    taint: Taint
    """Whether untrusted text took part in making it."""
    risk: Risk
    """Class of the whole plan, after policy raised it."""
    policy_version: str
    """Digest of the rules and grants it was judged by."""
    steps: tuple[PlanStep, ...]
    """In an order that respects `needs`."""
    targets: tuple[Target, ...]
    """Every machine touched."""
    if_nothing: str
    """What happens if nothing is done."""
    created: datetime
    """When it was made (UTC)."""
    not_before: datetime
    """Not run earlier."""
    expires: datetime
    """Not started later."""
    blast: BlastRadius
    """How far it reaches."""
    shown_hash: str
    """SHA-256 of the text shown to the approver."""
    undoes: str | None = None
    """Run this plan undoes, or None."""
    max_uses: int = 1
    """Always 1."""
    course: Course | None = None
    """What a workflow has beside its steps: holds, pre-flight, invariants; None for steps that only follow another."""
    schema: str = SCHEMA
    """Name of this shape."""

    def step(self, step_id: str) -> PlanStep:
        """Return the step with this id."""
        return next(step for step in self.steps if step.id == step_id)

    def target(self, machine: MachineId) -> Target:
        """Return a machine as it was when the plan was made."""
        return next(target for target in self.targets if target.machine == machine)


def target_of(machine: Machine) -> Target:
    """Return a machine as a plan binds it: everything that decides where and as whom its actions run."""
    return Target(
        machine=machine.id,
        name=machine.name,
        address=machine.address,
        user=machine.user,
        host_key=machine.host_key,
        transport=machine.transport,
        port=machine.port,
        proxy_jump=machine.proxy_jump,
        identity_file=machine.identity_file,
        via=machine.via,
        guest=machine.guest,
    )


def waves(steps: Sequence[PlanStep], holds: Sequence[Hold] = ()) -> tuple[tuple[PlanStep, ...], ...]:
    """Group steps into waves: the steps of one wave need nothing of each other, only of earlier waves.

    A step that needs a hold needs what the hold needs; what must only have ended before counts too.
    """
    done: set[str] = set()
    left: list[PlanStep | Hold] = [*steps, *holds]
    grouped: list[tuple[PlanStep, ...]] = []
    while left:
        ready = [part for part in left if {*part.needs, *_after(part)} <= done]
        if not ready:
            names = ", ".join(part.id for part in left)
            msg = f"steps need each other in a circle: {names}"
            raise ValueError(msg)
        if wave := tuple(part for part in ready if isinstance(part, PlanStep)):
            grouped.append(wave)
        done |= {part.id for part in ready}
        left = [part for part in left if part.id not in done]
    return tuple(grouped)


def _after(part: PlanStep | Hold) -> tuple[str, ...]:
    if isinstance(part, Hold):
        return part.after
    return part.flow.after if part.flow else ()
