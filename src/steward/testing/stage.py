"""The whole core on real SQLite, with machines in memory and time that is moved.

A `World` is what outlives the process: store, machines, clock, workspace, secrets. `World.start` builds one life of
the control plane in it; a second call is a restart, or a second process on the same store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steward.adapters.anchors.json_lines import JsonLinesAnchor
from steward.adapters.signers.ed25519_file import Ed25519File
from steward.core.access import Access
from steward.core.approvals import Approvals
from steward.core.arrivals import Arrivals
from steward.core.audit import Audit
from steward.core.autonomy import Consequences, Experiences
from steward.core.brakes import Brakes
from steward.core.budgets import Budgets
from steward.core.catalogue import AnySpec, Catalogue
from steward.core.desk import Desk, Emit
from steward.core.discovery import Discovery
from steward.core.dispatch import Dispatch, OpenDesk
from steward.core.events import Events
from steward.core.glances import Glances
from steward.core.goals import Goals, GoalWords
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
from steward.core.runs import Runner
from steward.core.sealed import Seal
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.telemetry import Telemetry
from steward.core.trigger_files import TriggerFiles
from steward.core.trigger_text import TriggerWords
from steward.core.verify import Prober
from steward.core.wishes import PlanCard, Wish
from steward.core.workers import Membership
from steward.core.workspace import WorkspaceFiles
from steward.knowhow.triggers import event, hook, ping, schedule
from steward.lib.redact import Redactor
from steward.model.access import Right
from steward.model.approval import Approval
from steward.model.graph import Graph
from steward.model.ids import MachineId, PrincipalId, RunId
from steward.model.machine import Autonomy, Machine, Transport
from steward.model.principal import Principal, PrincipalKind
from steward.model.relation import Lab
from steward.model.risk import Strength
from steward.model.run import Run, StepRecord
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import approvals as approvals_table
from steward.store import runs, steps
from steward.store.database import Database
from steward.testing.clock import MovedClock
from steward.testing.hosts import FakeExecutor, FakeHost
from steward.testing.jobs import InlineJobs, Journal
from steward.testing.know_how import FACTS, MEASURES, OPERATIONS
from steward.testing.places import FakeDialer, MemoryFlag, MemoryRepository, MemoryVault

OWNER = Principal(
    id=PrincipalId("owner"),
    kind=PrincipalKind.PERSON,
    name="the owner",
    strength=Strength.STEP_UP,
    channel="cli",
    rights=tuple(Right),
)
"""The owner, who gave the secret."""
_HOST_KEY = "SHA256:" + "A" * 43


@dataclass(frozen=True, kw_only=True)
class Core:
    """One life of the control plane."""

    storage: Storage
    """The store."""
    audit: Audit
    """The chain."""
    brakes: Brakes
    """Pause, freeze, stop."""
    approvals: Approvals
    """Decisions."""
    proposals: Proposals
    """Plans."""
    prober: Prober
    """Proof."""
    performer: Performer
    """What is being carried out."""
    runner: Runner
    """Runs."""
    holds: Holds
    """What runs wait for."""
    jobs: InlineJobs
    """Durable work."""
    owner: Owner
    """The owner's secret."""
    access: Access
    """Who may come in."""
    secrets: Secrets
    """Secrets by name."""
    redactor: Redactor
    """Masks."""
    look: Look
    """Facts."""
    policy: Policy
    """Rules."""
    events: Events
    """The stream."""
    triggers: TriggerFiles
    """What starts work."""
    arrivals: Arrivals
    """What comes for it."""
    desk: OpenDesk
    """One request's view."""
    dispatch: Dispatch
    """The door."""

    async def propose(self, wish: Wish) -> PlanCard:
        """Draft a plan and put it before a person."""
        return await self.proposals.submit(await self.proposals.draft(wish), wish)

    async def approve(self, card: PlanCard, *, by: Principal = OWNER) -> bool:
        """Say yes to a plan, with all that must be typed, and start it; tell whether this very call started it."""
        if card.approval is None:
            return False
        given = {"fingerprint": card.fingerprint, "typed": card.to_type}
        approval = await self.approvals.approve(card.approval, by, **given)
        return await self.proposals.start(approval)

    async def approval(self, approval: Approval) -> Approval:
        """Return an approval as it stands now."""
        present = await self.storage.read(approvals_table.get, approval.id)
        return present or approval

    async def run_of(self, card: PlanCard) -> Run:
        """Return the run of a plan as it stands now."""
        run = await self.storage.read(runs.get, card.run or RunId(""))
        if run is None:
            raise LookupError(card.run)
        return run

    async def steps_of(self, card: PlanCard) -> tuple[StepRecord, ...]:
        """Return what became of each action of a plan."""
        return await self.storage.read(steps.of_run, card.run or RunId(""))

    async def carried_out(self, wish: Wish) -> Run:
        """Propose, approve and carry out; return the run as it ended."""
        card = await self.propose(wish)
        await self.approve(card)
        await self.jobs.carry_on()
        return await self.run_of(card)

    def close(self) -> None:
        """Let go of the store."""
        self.storage.close()


@dataclass(kw_only=True)
class World:
    """What outlives the control plane. The store at `database_url` must have been migrated."""

    folder: Path
    database_url: str
    machines: tuple[str, ...] = ("m1",)
    clock: MovedClock = field(default_factory=MovedClock)
    hosts: dict[str, FakeHost] = field(default_factory=dict[str, FakeHost])
    repository: MemoryRepository = field(default_factory=MemoryRepository)
    vault: MemoryVault = field(default_factory=MemoryVault)
    flag: MemoryFlag = field(default_factory=MemoryFlag)
    dialer: FakeDialer = field(default_factory=FakeDialer)
    journal: Journal = field(default_factory=Journal)
    known: Graph = field(default_factory=Graph)

    def __post_init__(self) -> None:
        """Create the workspace and its machines."""
        files = WorkspaceFiles(repository=self.repository)
        files.create("the owner")
        for number, name in enumerate(self.machines, start=1):
            self.hosts[f"mch-{name}"] = FakeHost()
            files.add_machine(_machine(name, number), OWNER)

    async def graph(self) -> Graph:
        """Return what is known of how things stand on each other."""
        return self.known

    def host(self, name: str = "m1") -> FakeHost:
        """Return a machine by name."""
        return self.hosts[f"mch-{name}"]

    def start(  # noqa: PLR0915 - the composition root of a stage
        self, *, reached: Callable[[str], None] | None = None, commands: Iterable[AnySpec] = ()
    ) -> Core:
        """Build one life of the control plane on this world."""
        told = reached or _nothing
        storage, clock, redactor = Storage(Database(self.database_url)), self.clock, Redactor()
        workspace = WorkspaceFiles(repository=self.repository)
        secrets = Secrets(vaults=(self.vault,), redactor=redactor, version_key=b"k" * 32, writable=self.vault)
        audit = Audit(
            database=storage.database,
            clock=clock,
            signer=Ed25519File(self.folder / "audit-key"),
            anchor=JsonLinesAnchor(self.folder / "anchor.jsonl"),
            redact=redactor.json,
        )
        events = Events(clock=clock, redactor=redactor)
        brakes = Brakes(storage=storage, flag=self.flag, clock=clock)
        executors = Executors({Transport.SSH: FakeExecutor(self.hosts)})
        look = Look(facts=FACTS, executors=executors, clock=clock, redact=redactor.text)
        catalogue = Catalogue(commands=commands, operations=OPERATIONS)
        risks = {name: catalogue.find(name).risk for name in catalogue.names()}
        policy = Policy(repository=self.repository, commands=risks)
        prober = Prober(look=look, dialer=self.dialer, clock=clock, machine=workspace.require, measures=MEASURES)
        performer = Performer(
            storage=storage,
            executors=executors,
            prober=prober,
            brakes=brakes,
            secrets=secrets,
            audit=audit,
            events=events,
            redactor=redactor,
            clock=clock,
            machine=workspace.require,
            reached=told,
            is_member=Membership("stage").is_current,
        )
        holds = Holds(
            storage=storage,
            audit=audit,
            events=events,
            prober=prober,
            clock=clock,
            wake=lambda connection, run, turn: jobs.wake(connection, run, turn),  # noqa: PLW0108 - jobs are built below
            reached=told,
        )
        runner = Runner(
            storage=storage,
            performer=performer,
            prober=prober,
            audit=audit,
            events=events,
            clock=clock,
            reached=told,
            consequences=Consequences(audit=audit, events=events, brakes=brakes, clock=clock),
            holds=holds,
        )
        jobs: InlineJobs = InlineJobs(storage=storage, runner=runner, journal=self.journal)
        approvals = Approvals(storage=storage, audit=audit, events=events, clock=clock, reached=told)
        budgets = Budgets(storage=storage, audit=audit, events=events, clock=clock)
        proposals = Proposals(
            storage=storage,
            workspace=workspace,
            policy=policy,
            approvals=approvals,
            brakes=brakes,
            secrets=secrets,
            look=look,
            audit=audit,
            events=events,
            clock=clock,
            operations=catalogue.operations,
            enqueue=jobs.enqueue,
            reached=told,
            budgets=budgets,
            graph=self.graph,
            measures=MEASURES,
        )
        grants = Grants(
            storage=storage,
            workspace=workspace,
            judge=proposals.judge,
            experiences=Experiences(storage=storage, workspace=workspace, judge=proposals.judge, clock=clock),
            operations=catalogue.operations,
            audit=audit,
            events=events,
            clock=clock,
        )
        owner = Owner(storage=storage, clock=clock)
        access = Access(storage=storage, clock=clock, owner=owner, audit=audit, redactor=redactor, seal=Seal(bytes(32)))

        kinds = {plugin.name: plugin for plugin in (schedule.PLUGIN, hook.PLUGIN, ping.PLUGIN, event.PLUGIN)}
        triggers = TriggerFiles(repository=self.repository, words=TriggerWords(kinds=kinds))
        arrivals = Arrivals(storage=storage, files=triggers, events=events, redactor=redactor, clock=clock)
        hooks = Hooks(
            storage=storage,
            repository=self.repository,
            secrets=secrets,
            events=events,
            redactor=redactor,
            clock=clock,
            arrivals=arrivals,
        )

        addresses = PrivateAddresses(storage=storage, clock=clock, key=b"p" * 32, origin="http://steward.test")
        telemetry = Telemetry(
            storage=storage,
            repository=self.repository,
            workspace=workspace,
            secrets=secrets,
            servers={},
            redact=redactor.text,
            clock=clock,
        )

        async def reconcile(run: RunId) -> None:
            await jobs.reconcile(run)

        def desk(actor: Principal, is_dry_run: bool, emit: Emit) -> Desk:  # noqa: FBT001 - a port's shape
            return Desk(
                actor=actor,
                is_dry_run=is_dry_run,
                emit=emit,
                catalogue=catalogue,
                storage=storage,
                workspace=workspace,
                policy=policy,
                proposals=proposals,
                approvals=approvals,
                performer=performer,
                brakes=brakes,
                look=look,
                prober=prober,
                discovery=Discovery(sources=(), discoverers={}, executors=executors, redact=redactor.text),
                own_key=str,
                executors=executors,
                secrets=secrets,
                owner=owner,
                access=access,
                holds=holds,
                hooks=hooks,
                triggers=triggers,
                addresses=addresses,
                telemetry=telemetry,
                audit=audit,
                events=events,
                budgets=budgets,
                grants=grants,
                clock=clock,
                checks=(),
                fixes={},
                seen=_unseen,
                reconcile=reconcile,
                scan=_no_scan,
                graph=self.graph,
                lab=_no_lab,
                glances=Glances(storage=storage, workspace=workspace, clock=clock, graph=self.graph),
                goals=Goals(
                    repository=self.repository,
                    words=GoalWords(facts=look.facts, commands=catalogue.names(), measures={}),
                ),
                repositories=RegisteredRepositories(repository=self.repository),
                declared=tuple,
                scan_afresh=_no_scan,
                settings=tuple,
                diagnose=tuple,
            )

        return Core(
            storage=storage,
            audit=audit,
            brakes=brakes,
            approvals=approvals,
            proposals=proposals,
            prober=prober,
            performer=performer,
            runner=runner,
            holds=holds,
            jobs=jobs,
            owner=owner,
            access=access,
            secrets=secrets,
            redactor=redactor,
            look=look,
            policy=policy,
            events=events,
            triggers=triggers,
            arrivals=arrivals,
            desk=desk,
            dispatch=Dispatch(desk=desk),
        )


def step(step_id: str = "step-1", *, needs: tuple[str, ...] = (), **given: Any) -> WorkflowStep:
    """Return a step that puts a setting; `command`, `machine`, `name`, `value` may be given."""
    command = str(given.pop("command", "setting.put"))
    plain: dict[str, Any] = {"machine": "m1", "name": step_id}
    if command == "setting.put":
        plain["value"] = "new"
    return WorkflowStep(id=step_id, command=command, input={**plain, **given}, needs=needs)


def wish(*steps_given: WorkflowStep, actor: Principal = OWNER, title: str = "Put settings") -> Wish:
    """Return the wish for a plan of these steps."""
    chosen = steps_given or (step(),)
    workflow = Workflow(name="test", title=title, goal="the settings are as wanted", steps=chosen)
    return Wish(workflow=workflow, actor=actor)


def _machine(name: str, number: int) -> Machine:
    return Machine(
        id=MachineId(f"mch-{name}"),
        name=name,
        address=f"10.0.0.{number}",
        user="steward",
        host_key=_HOST_KEY,
        autonomy=Autonomy.ASK,
    )


def _nothing(_point: str) -> None:
    """Go on."""


def _unseen(_machine_id: MachineId) -> None:
    """Tell that no machine was looked at."""


async def _no_lab() -> Lab:
    """Know no machine."""
    return Lab(machines=())


async def _no_scan(_machines: object) -> None:
    """Look at nothing."""
