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
from steward.app.installation import installation_of
from steward.app.plugins import KnowHow, load_sources
from steward.app.settings import Settings
from steward.core.accepted import Accepted
from steward.core.access import Access
from steward.core.approvals import Approvals
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
from steward.core.grants import Grants
from steward.core.graph import GraphKeeper
from steward.core.hooks import Hooks
from steward.core.jobs import Jobs, JobSettings
from steward.core.known import Known
from steward.core.leaks import CheckedRepository
from steward.core.look import Executors, Look
from steward.core.outside import Outside
from steward.core.owner import Owner
from steward.core.perform import Performer
from steward.core.policy import Policy
from steward.core.proposals import Proposals
from steward.core.pulse import Pulse
from steward.core.repository_list import RegisteredRepositories
from steward.core.runs import Runner
from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.telemetry import Telemetry
from steward.core.verify import Prober
from steward.core.workers import BOTH, CONTROL_PLANE, Card, Membership, Workers
from steward.core.workspace import WorkspaceFiles
from steward.engines.health.scan import Scanner
from steward.engines.knowledge.seen import DOCUMENTED
from steward.engines.work.document import Documents
from steward.knowhow.placement import NEEDS as PLACEMENT
from steward.lib.redact import Redactor
from steward.model.ids import RunId
from steward.model.machine import Machine, Transport
from steward.model.principal import Principal
from steward.model.question import CertificateQuestion, NameQuestion, PortQuestion, TagsQuestion
from steward.model.telemetry import TelemetryKind
from steward.ports.clock import Clock
from steward.ports.discoverer import Places
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
    documents: Documents
    """Changes as text."""
    hooks: Hooks
    """Webhooks."""
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
        wanted=workspace.kept.of,
    )
    catalogue = catalogue_of(know_how)
    policy = Policy(
        repository=repository,
        commands={name: catalogue.find(name).risk for name in catalogue.names()},
        accepted=accepted,
    )

    prober = Prober(look=look, dialer=TcpDialer(), clock=clock, machine=workspace.require)
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
    runner = Runner(
        storage=storage,
        performer=performer,
        prober=prober,
        audit=audit,
        events=events,
        clock=clock,
        reached=surroundings.reached,
        consequences=Consequences(audit=audit, events=events, brakes=brakes, clock=clock),
    )
    jobs = Jobs(
        database=storage.database,
        runner=runner,
        settings=JobSettings(executor_id=membership.worker, works=surroundings.works),
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
    access = Access(storage=storage, clock=clock, owner=owner, audit=audit, redactor=redactor)

    hooks = Hooks(
        storage=storage, repository=repository, secrets=secrets, events=events, redactor=redactor, clock=clock
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
            hooks=hooks,
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
            repositories=repositories,
            declared=declared.current,
            scan_afresh=scanner.afresh,
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
        documents=Documents(storage=storage, workspace=workspace, redact=redactor.text),
        hooks=hooks,
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
        version_key=_version_key(settings.keys / "secret-versions"),
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
    also = (*PLACEMENT, *DOCUMENTED)
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


def _version_key(path: Path) -> bytes:
    """Return the key that keeps versions of secrets from telling anything about their values; made once."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(entropy.token_bytes(32))
        return path.read_bytes()
