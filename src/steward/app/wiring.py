"""Build Steward from its settings: every part once, in order, nothing started."""

from __future__ import annotations

import os
import secrets as entropy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from steward.adapters.anchors.json_lines import JsonLinesAnchor
from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.dialers.tcp import TcpDialer
from steward.adapters.executors import guests, local, outside, ssh
from steward.adapters.flags.file import FileFlag
from steward.adapters.outside.certificates import CertificateAsker, CertificateSettings
from steward.adapters.outside.names import NameAsker, NameSettings
from steward.adapters.outside.ports import PortAsker, PortSettings
from steward.adapters.outside.registries import RegistryAsker, RegistrySettings
from steward.adapters.repositories.git import GitRepository
from steward.adapters.signers.ed25519_file import Ed25519File
from steward.adapters.telemetry_sources.prometheus import PrometheusServer, PrometheusSettings
from steward.adapters.vaults.age_file import AgeFileVault
from steward.adapters.vaults.environment import EnvironmentVault
from steward.adapters.vaults.files import FilesVault
from steward.app.commands import catalogue_of
from steward.app.declaring import FOLDERS
from steward.app.doctor import diagnose
from steward.app.goal_work import GoalWork
from steward.app.identities import identities_of
from steward.app.installation import installation_of
from steward.app.plugins import KnowHow, load_sources, load_trigger_kinds
from steward.app.settings import Settings
from steward.app.settings_shown import settings_shown
from steward.app.watching import watching_of
from steward.app.zone import own_zone
from steward.core.accepted import Accepted
from steward.core.access import Access
from steward.core.approvals import Approvals
from steward.core.arrivals import Arrivals
from steward.core.audit import Audit
from steward.core.autonomy import Consequences, Experiences
from steward.core.brakes import Brakes
from steward.core.budgets import Budgets
from steward.core.catalogue import Catalogue
from steward.core.declared import Declared
from steward.core.desk import Desk, Emit
from steward.core.discovery import Discovery
from steward.core.dispatch import Dispatch, OpenDesk
from steward.core.events import Events
from steward.core.gate import OwnTables
from steward.core.glances import Glances
from steward.core.goals import Goals, GoalWords
from steward.core.grants import Grants
from steward.core.graph import GraphKeeper
from steward.core.holds import Holds
from steward.core.hooks import Hooks
from steward.core.identities import Identities
from steward.core.jobs import Jobs, JobSettings
from steward.core.known import Known
from steward.core.leaks import CheckedRepository
from steward.core.look import Executors, Look
from steward.core.outside import Outside
from steward.core.owner import Owner
from steward.core.perform import Performer
from steward.core.pings import Pings
from steward.core.policy import Policy
from steward.core.private_addresses import PrivateAddresses
from steward.core.proposals import Proposals
from steward.core.pulse import Pulse
from steward.core.repository_list import RegisteredRepositories
from steward.core.runs import Runner
from steward.core.schedules import why_no_schedule
from steward.core.sealed import Seal
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.telemetry import Telemetry
from steward.core.trigger_files import TriggerFiles
from steward.core.trigger_text import TriggerWords
from steward.core.verify import Prober
from steward.core.work_starting import PROPOSERS, ProposedWork
from steward.core.workers import BOTH, CONTROL_PLANE, Card, Membership, Workers
from steward.core.workspace import WorkspaceFiles
from steward.engines.fleet.overview import OVERVIEWED
from steward.engines.health.scan import Scanner
from steward.engines.knowledge.seen import DOCUMENTED
from steward.engines.work.document import Documents
from steward.knowhow.capabilities import NEEDS as CAPABILITIES
from steward.knowhow.placement import NEEDS as PLACEMENT
from steward.lib.redact import Redactor
from steward.model.ids import RunId
from steward.model.machine import Machine, Transport
from steward.model.principal import Principal
from steward.model.question import CertificateQuestion, NameQuestion, PortQuestion, TagsQuestion
from steward.model.telemetry import TelemetryKind
from steward.ports.clock import Clock
from steward.ports.discoverer import Places
from steward.reactor.absence import Absence
from steward.reactor.asking_again import AskingAgain
from steward.reactor.launching import Launcher
from steward.reactor.looking import Eyes
from steward.reactor.own_events import OwnEvents
from steward.reactor.scheduler import Scheduler
from steward.reactor.telling import Telling
from steward.reactor.watching import Watching
from steward.store.database import Database

Reached = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Steward:
    """Everything built, nothing started."""

    settings: Settings
    """Where things lie."""
    clock: Clock
    """Time."""
    storage: Storage
    """The store."""
    workspace: WorkspaceFiles
    """The owner's text."""
    repository: CheckedRepository
    """Its repository."""
    secrets: Secrets
    """Secrets by name."""
    redactor: Redactor
    """Masks secrets at every sink."""
    audit: Audit
    """The chain."""
    accepted: Accepted
    """What the owner accepted of the text files."""
    policy: Policy
    """Rules."""
    brakes: Brakes
    """Pause, freeze, stop."""
    approvals: Approvals
    """Decisions."""
    proposals: Proposals
    """Plans."""
    performer: Performer
    """What is being carried out."""
    runner: Runner
    """Runs."""
    jobs: Jobs
    """Durable work."""
    workers: Workers
    """This process among the others that work on the store."""
    scanner: Scanner
    """Looking around."""
    executors: Executors
    """Machines."""
    owner: Owner
    """The owner's secret."""
    access: Access
    """Who may come in."""
    identities: Identities | None
    """Who may come in through a provider of identities, where there is one."""
    documents: Documents
    """Changes as text."""
    holds: Holds
    """What runs wait for."""
    hooks: Hooks
    """Webhooks."""
    triggers: TriggerFiles
    """What starts work."""
    arrivals: Arrivals
    """What comes for triggers."""
    watching: Watching
    """What follows the outside for triggers."""
    addresses: PrivateAddresses
    """Addresses that are a secret: of pings and of the calendar."""
    pings: Pings
    """Signs of life."""
    scheduler: Scheduler
    """What is due, claimed, started and followed."""
    own_events: OwnEvents
    """Events of Steward itself that start something."""
    asking_again: AskingAgain
    """What is proposed after a run ended at a value nobody had agreed to."""
    absence: Absence
    """Signs of life that stay away."""
    telemetry: Telemetry
    """Numbers that others measured."""
    pulse: Pulse
    """What the loops of the daemon do."""
    catalogue: Catalogue
    """Everything that can be done."""
    dispatch: Dispatch
    """The only door."""
    desk: OpenDesk
    """One request's view of it, for what Steward does by its own clock."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the process brings along."""

    environment: Mapping[str, str]
    """Environment variables; only this room reads them."""
    reached: Reached
    """Told at every numbered point of a run; does nothing outside crash tests."""
    listening_seconds: float = 1.0
    """How often the durable engine looks for word of other processes; an end waits for as long."""
    role: str = BOTH
    """`control plane`, `worker` or `both`; all but the first take runs from the queue."""

    @property
    def works(self) -> bool:
        """Whether this process takes runs from the queue."""
        return self.role != CONTROL_PLANE


def build(  # noqa: PLR0915 - the composition root: one statement for each part
    settings: Settings, know_how: KnowHow, surroundings: Surroundings
) -> Steward:
    """Build every part. The store must have been migrated before."""
    clock, storage, redactor = SystemClock(SystemClockSettings()), Storage(Database(settings.database)), Redactor()
    repository = CheckedRepository(GitRepository(path=settings.workspace), redactor.known)
    secrets = _secrets(settings, surroundings.environment, redactor)
    audit = Audit(
        database=storage.database,
        clock=clock,
        signer=Ed25519File(settings.keys / "audit-ed25519"),
        anchor=JsonLinesAnchor(settings.keys / "audit-anchor.jsonl"),
        redact=redactor.json,
    )
    accepted = Accepted(database=storage.database, clock=clock, audit=audit)
    workspace = WorkspaceFiles(repository=repository, accepted=accepted)
    repositories = RegisteredRepositories(repository=repository)
    events = Events(clock=clock, redactor=redactor)
    brakes = Brakes(storage=storage, flag=FileFlag(settings.stop_flag), clock=clock)
    executors = _executors(settings, clock, workspace)
    look = Look(
        facts=know_how.facts,
        executors=executors,
        clock=clock,
        redact=redactor.text,
        outside=_outside(workspace, redactor),
        wanted=workspace.wanted,
    )
    catalogue = catalogue_of(know_how)
    policy = Policy(
        repository=repository,
        commands={name: catalogue.find(name).risk for name in catalogue.names()},
        accepted=accepted,
    )

    measures = {measure.name: measure for measure in know_how.measures}
    prober = Prober(look=look, dialer=TcpDialer(), clock=clock, machine=workspace.require, measures=measures)
    membership = Membership(f"{settings.worker}@{installation_of(settings.data)}")
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
        reached=surroundings.reached,
        is_member=membership.is_current,
    )
    holds = Holds(
        storage=storage,
        audit=audit,
        events=events,
        prober=prober,
        clock=clock,
        wake=lambda connection, run, turn: jobs.wake(connection, run, turn),  # noqa: PLW0108 - jobs are built below
        reached=surroundings.reached,
    )
    runner = Runner(
        storage=storage,
        performer=performer,
        prober=prober,
        audit=audit,
        events=events,
        clock=clock,
        reached=surroundings.reached,
        consequences=Consequences(audit=audit, events=events, brakes=brakes, clock=clock),
        holds=holds,
    )
    jobs: Jobs = Jobs(
        database=storage.database,
        runner=runner,
        settings=JobSettings(
            executor_id=membership.worker,
            listening_seconds=surroundings.listening_seconds,
            works=surroundings.works,
        ),
        redact=redactor.json,
    )
    approvals = Approvals(storage=storage, audit=audit, events=events, clock=clock, reached=surroundings.reached)

    budgets = Budgets(storage=storage, audit=audit, events=events, clock=clock)
    scanner = Scanner(
        look=look, checks=know_how.checks, storage=storage, workspace=workspace, events=events, clock=clock
    )
    owner, declared = Owner(storage=storage, clock=clock), Declared(repositories=repositories, folders=FOLDERS)
    known = Known(storage=storage, workspace=workspace, seen=scanner.seen.get, declared=declared.current)
    graph = _graph(know_how, known)
    glances = Glances(storage=storage, workspace=workspace, clock=clock, graph=graph.current)
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
        reached=surroundings.reached,
        budgets=budgets,
        graph=graph.current,
        measures=measures,
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
    discovery = _discovery(settings, surroundings.environment, executors, redactor)
    telemetry = Telemetry(
        storage=storage,
        repository=repository,
        workspace=workspace,
        secrets=secrets,
        servers={TelemetryKind.PROMETHEUS: PrometheusServer(PrometheusSettings(), clock=clock)},
        redact=redactor.text,
        clock=clock,
    )
    seal = Seal(_key_of(settings.keys / "proofs"))
    access = Access(storage=storage, clock=clock, owner=owner, audit=audit, redactor=redactor, seal=seal)
    identities = identities_of(settings, storage=storage, clock=clock, access=access, audit=audit, redactor=redactor)

    zone = own_zone(surroundings.environment)
    words = TriggerWords(
        kinds=load_trigger_kinds(),
        commands=frozenset(catalogue.operations),
        workflows=workspace.workflows.names,
        why_no_schedule=why_no_schedule,
        zone=zone,
    )
    triggers = TriggerFiles(repository=repository, words=words)
    arrivals = Arrivals(storage=storage, files=triggers, events=events, redactor=redactor, clock=clock)
    hooks = Hooks(
        storage=storage,
        repository=repository,
        secrets=secrets,
        events=events,
        redactor=redactor,
        clock=clock,
        arrivals=arrivals,
    )

    goal_words = GoalWords(facts=frozenset(look.facts), commands=frozenset(catalogue.operations), measures=measures)
    goals = Goals(repository=repository, words=goal_words)
    watching = watching_of(
        settings,
        Eyes(
            workspace=workspace,
            look=look,
            seen=scanner.seen.get,
            measures=measures,
            tables=OwnTables(repository),
            clock=clock,
        ),
        files=triggers,
        arrivals=arrivals,
        storage=storage,
        events=events,
        audit=audit,
        brakes=brakes,
        secrets=secrets,
    )
    telling = Telling(events)
    addresses = PrivateAddresses(
        storage=storage, clock=clock, key=_key_of(settings.keys / "pings"), origin=settings.http.url
    )
    pings = Pings(
        storage=storage,
        files=triggers,
        arrivals=arrivals,
        events=events,
        redactor=redactor,
        clock=clock,
        addresses=addresses,
    )

    async def reconcile(run: RunId) -> None:
        await jobs.reconcile(run, f"{clock.now():%Y%m%dT%H%M%S%f}")

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
            discovery=discovery,
            own_key=lambda: (settings.keys / "ssh-ed25519.pub").read_text("utf-8").strip(),
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
            checks=know_how.checks,
            fixes={fix.name: fix for fix in know_how.fixes},
            seen=scanner.seen.get,
            reconcile=reconcile,
            scan=scanner.machines,
            graph=graph.current,
            lab=graph.lab,
            glances=glances,
            goals=goals,
            repositories=repositories,
            declared=declared.current,
            scan_afresh=scanner.afresh,
            settings=lambda: settings_shown(settings),
            diagnose=lambda: tuple(diagnose(settings)),
        )

    proposed = {name: ProposedWork(desk, proposer) for name, proposer in PROPOSERS.items()}
    scheduler = Scheduler(
        storage=storage,
        files=triggers,
        brakes=brakes,
        launcher=Launcher(
            storage=storage,
            clock=clock,
            works={**proposed, "goal": GoalWork(Dispatch(desk=desk))},
            telling=telling,
            reached=surroundings.reached,
        ),
        telling=telling,
        clock=clock,
        worker=membership.worker,
        zone=zone,
        reached=surroundings.reached,
    )
    return Steward(
        settings=settings,
        clock=clock,
        storage=storage,
        workspace=workspace,
        repository=repository,
        secrets=secrets,
        redactor=redactor,
        audit=audit,
        accepted=accepted,
        policy=policy,
        brakes=brakes,
        approvals=approvals,
        proposals=proposals,
        performer=performer,
        runner=runner,
        jobs=jobs,
        workers=Workers(
            storage=storage,
            jobs=jobs,
            membership=membership,
            card=Card(name=settings.worker, role=surroundings.role, version=version("labsteward")),
            clock=clock,
        ),
        scanner=scanner,
        executors=executors,
        owner=owner,
        access=access,
        identities=identities,
        documents=Documents(storage=storage, workspace=workspace, redact=redactor.text),
        holds=holds,
        hooks=hooks,
        triggers=triggers,
        arrivals=arrivals,
        watching=watching,
        addresses=addresses,
        pings=pings,
        scheduler=scheduler,
        own_events=OwnEvents(storage=storage, files=triggers, arrivals=arrivals),
        asking_again=AskingAgain(storage=storage, desk=desk, events=events),
        absence=Absence(storage=storage, files=triggers, arrivals=arrivals, telling=telling, clock=clock, zone=zone),
        telemetry=telemetry,
        pulse=Pulse(clock),
        catalogue=catalogue,
        dispatch=Dispatch(desk=desk),
        desk=desk,
    )


def _secrets(settings: Settings, variables: Mapping[str, str], redactor: Redactor) -> Secrets:
    age = AgeFileVault(
        file=settings.data / "secrets.age", identity=settings.keys / "age-identity.txt", keep_apart=(settings.data,)
    )
    return Secrets(
        vaults=(EnvironmentVault(variables=variables), FilesVault(variables=variables), age),
        redactor=redactor,
        version_key=_key_of(settings.keys / "secret-versions"),
        writable=age,
    )


def _executors(settings: Settings, clock: Clock, workspace: WorkspaceFiles) -> Executors:
    def find(name: str) -> Machine | None:
        return workspace.inventory().find(name)

    over_ssh = ssh.SshSettings(
        config_file=str(settings.ssh_config), identity_files=(str(settings.keys / "ssh-ed25519"),)
    )
    direct = {
        Transport.LOCAL: local.LocalExecutor(local.LocalSettings(), clock=clock, find_machine=find),
        Transport.SSH: ssh.SshExecutor(over_ssh, clock=clock, find_machine=find),
    }
    parents, proxmox = guests.Parents(find_machine=find, by_transport=direct), guests.ProxmoxSettings()
    behind = {
        Transport.DOCKER: guests.DockerExecutor(guests.DockerSettings(), parents=parents),
        Transport.PCT: guests.PctExecutor(proxmox, parents=parents),
        Transport.QM: guests.QmExecutor(proxmox, parents=parents),
    }
    watched = outside.OutsideExecutor(outside.OutsideSettings())
    return Executors({**direct, **behind, Transport.API: watched, Transport.NONE: watched})


def _graph(know_how: KnowHow, known: Known) -> GraphKeeper:
    also = (*PLACEMENT, *CAPABILITIES, *OVERVIEWED, *DOCUMENTED)
    return GraphKeeper(known=known, facts=know_how.facts, relations=know_how.relations, also=also)


def _outside(workspace: WorkspaceFiles, redactor: Redactor) -> Outside:
    return Outside(
        askers={
            PortQuestion: PortAsker(PortSettings()),
            CertificateQuestion: CertificateAsker(CertificateSettings()),
            NameQuestion: NameAsker(NameSettings()),
            TagsQuestion: RegistryAsker(RegistrySettings()),
        },
        rules=workspace.outside,
        redact=redactor.text,
    )


def _discovery(settings: Settings, variables: Mapping[str, str], executors: Executors, redactor: Redactor) -> Discovery:
    home = Path(variables["HOME"]) if variables.get("HOME") else settings.ssh_config.parent
    places = Places(
        home=str(home),
        ssh_config=str(settings.ssh_config),
        docker_config=variables.get("DOCKER_CONFIG") or str(home / ".docker"),
    )
    sources, discoverers = load_sources()
    return Discovery(
        sources=sources,
        discoverers={plugin.name: plugin.build(places) for plugin in discoverers},
        executors=executors,
        redact=redactor.text,
    )


def _key_of(path: Path) -> bytes:
    """Return a key of Steward's own: of versions of secrets, of what the store keeps sealed; made once."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(entropy.token_bytes(32))
        return path.read_bytes()
