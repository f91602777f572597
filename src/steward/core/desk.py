"""What a command's handler works with: who asks, and the services of the core."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from steward.core.access import Access
from steward.core.approvals import Approvals
from steward.core.audit import Audit
from steward.core.brakes import Brakes
from steward.core.budgets import Budgets
from steward.core.catalogue import Catalogue
from steward.core.discovery import Discovery
from steward.core.events import Events
from steward.core.glances import Glances
from steward.core.goals import Goals
from steward.core.grants import Grants
from steward.core.holds import Holds
from steward.core.hooks import Hooks
from steward.core.look import Executors, Look
from steward.core.owner import Owner
from steward.core.perform import Performer
from steward.core.policy import Policy
from steward.core.private_addresses import PrivateAddresses
from steward.core.proposals import Proposals
from steward.core.repository_list import RegisteredRepositories
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.telemetry import Telemetry
from steward.core.trigger_files import TriggerFiles
from steward.core.verify import Prober
from steward.core.workspace import WorkspaceFiles
from steward.model.access import Right
from steward.model.check import Check
from steward.model.errors import NeedsProof, NotAllowed
from steward.model.fact import Snapshot
from steward.model.fix import Fix
from steward.model.graph import Graph
from steward.model.ids import MachineId, RunId
from steward.model.installation import Diagnosis, Setting
from steward.model.machine import Machine
from steward.model.principal import Principal, PrincipalKind
from steward.model.registered import DeclaredIn
from steward.model.relation import Lab
from steward.model.risk import Strength
from steward.ports.clock import Clock

Emit = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One request's view of Steward."""

    actor: Principal
    """Who asks, with the proof given for this very request."""
    is_dry_run: bool
    """Whether only a preview is wanted."""
    emit: Emit
    """Sends an event to whoever asked, while the command runs."""
    catalogue: Catalogue
    """Everything that can be done."""
    storage: Storage
    """The store."""
    workspace: WorkspaceFiles
    """The owner's text."""
    policy: Policy
    """Rules."""
    proposals: Proposals
    """Plans."""
    approvals: Approvals
    """Decisions."""
    performer: Performer
    """What is being carried out."""
    brakes: Brakes
    """Pause, freeze, stop."""
    look: Look
    """Facts."""
    prober: Prober
    """Proof."""
    discovery: Discovery
    """Where machines may be known that are not in the inventory."""
    own_key: Callable[[], str]
    """Reads the public key that Steward logs in with, as a line of `authorized_keys`."""
    executors: Executors
    """Machines."""
    secrets: Secrets
    """Secrets by name."""
    owner: Owner
    """The owner's secret."""
    access: Access
    """Tokens, people and sessions."""
    holds: Holds
    """What runs wait for."""
    hooks: Hooks
    """Webhooks."""
    triggers: TriggerFiles
    """What starts work."""
    addresses: PrivateAddresses
    """Addresses that are a secret: of pings and of the calendar."""
    telemetry: Telemetry
    """Numbers that others measured."""
    audit: Audit
    """The chain."""
    events: Events
    """The stream."""
    budgets: Budgets
    """Room that is left, and who turned in circles."""
    grants: Grants
    """What may run without asking."""
    clock: Clock
    """Time."""
    checks: tuple[Check, ...]
    """Checks, for findings."""
    fixes: Mapping[str, Fix]
    """Fixes by name."""
    seen: Callable[[MachineId], Snapshot | None]
    """The last look at a machine, or None when it was not looked at since the start."""
    reconcile: Callable[[RunId], Awaitable[None]]
    """Starts asking what became of a run whose outcome is unknown."""
    scan: Callable[[tuple[Machine, ...]], Awaitable[None]]
    """Looks at machines now and keeps what was found."""
    scan_afresh: Callable[[tuple[Machine, ...]], Awaitable[None]]
    """The same, and reads also what is read seldom."""
    graph: Callable[[], Awaitable[Graph]]
    """Everything that is known and how it stands on each other, as of now."""
    lab: Callable[[], Awaitable[Lab]]
    """What the newest look at each machine gave, of the facts that the graph and placing need."""
    glances: Glances
    """How machines did lately and how many services run, kept for those who ask often."""
    goals: Goals
    """Goals."""
    repositories: RegisteredRepositories
    """The list of folders that declare what runs."""
    declared: Callable[[], tuple[DeclaredIn, ...]]
    """What they declare; reads files when a folder changed, so call it in a thread."""
    settings: Callable[[], tuple[Setting, ...]]
    """How this Steward is set up."""
    diagnose: Callable[[], tuple[Diagnosis, ...]]
    """Checks this Steward itself; reads files and the whole audit, so call it in a thread."""
    is_interactive: bool = False
    """Whether who asks sits at a terminal, so that what is asked back is answered soon."""

    def require(self, least: Strength) -> None:
        """Refuse to go on without this proof of a person.

        Raises:
            NeedsProof: so that the way in can ask for it and try again.
        """
        if self.actor.kind is not PrincipalKind.PERSON or not self.actor.strength.meets(least):
            raise NeedsProof(least.value)

    def require_right(self, right: Right) -> None:
        """Refuse to go on without this right: for a command that needs more of it in some cases.

        Raises:
            NeedsProof: whoever asks proved nothing yet, and may hold it.
            NotAllowed: they do not hold it.
        """
        if right in self.actor.rights:
            return
        if self.actor.may_be_an_agent:
            raise NeedsProof(Strength.STEP_UP.value)
        raise NotAllowed("you may not do this", why=f"it needs the right to {right.value}", next_step="ask the owner")
