"""A whole Steward in this process: real store, workspace, git, durable jobs and local shell, one harmless operation.

`file.make` puts a file into a folder of the test and proves it by listing that folder; `file.promise` says it did and
does nothing; `file.lose` makes it with no way back. Only the clock is the test's own.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dbos import DBOS

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.repositories.git import GitRepository
from steward.app.daemon import Daemon
from steward.app.plugins import KnowHow
from steward.app.settings import Settings, read_settings
from steward.app.start import LOCAL_NAME, prepare
from steward.app.wiring import Steward, Surroundings, build
from steward.core.dispatch import Answer
from steward.core.workspace import WorkspaceFiles
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.operations.shell_run import PLUGIN as SHELL
from steward.lib.codec import decode
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Command, Example
from steward.model.fact import CommandOutput, Fact, Reading, Snapshot
from steward.model.ids import PrincipalId
from steward.model.machine import Autonomy
from steward.model.measure import Measure
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.principal import Principal, PrincipalKind
from steward.model.probe import Comparison, Probe
from steward.model.receipt import Receipt
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk, Strength
from steward.model.run import ENDED

OWNER = Principal(
    id=PrincipalId("owner"),
    kind=PrincipalKind.PERSON,
    name="the owner",
    strength=Strength.STEP_UP,
    channel="test",
    rights=tuple(Right),
)
SOMEBODY = Principal(
    id=PrincipalId("uid-1000"),
    kind=PrincipalKind.PERSON,
    name="user 1000",
    channel="test",
    rights=(Right.READ, Right.PROPOSE, Right.BRAKE),
)


class TurnedClock(SystemClock):
    """The clock of this machine, turned by hand."""

    def __init__(self) -> None:
        super().__init__(SystemClockSettings())
        self._wall = self._monotonic = timedelta()

    def pass_time(self, time: timedelta) -> None:
        """Let time pass, as both clocks see it."""
        self._wall += time
        self._monotonic += time

    def set_wall(self, by: timedelta) -> None:
        """Turn the wall clock only, as a bad time server would."""
        self._wall += by

    def now(self) -> datetime:
        return super().now() + self._wall

    def monotonic(self) -> float:
        return super().monotonic() + self._monotonic.total_seconds()


@record
class MakeFile:
    """Make a file in the folder of the test."""

    machine: str
    """Machine, by name or id."""
    name: str
    """Name of the file."""


@record
class Files:
    """What lies in the folder."""

    files: dict[str, bool]
    """Names; each is there."""


def know_how(folder: Path) -> KnowHow:
    """Return what this Steward knows: its system, one folder, three operations on it, and the shell."""
    listing = Fact[Files](
        name="folder",
        summary="What lies in the folder of the test.",
        readings=(Reading(name="ls", argv=("/bin/ls", "-1", str(folder))),),
        parse=_listed,
    )

    def is_there(snapshot: Snapshot, name: str, comparison: Comparison) -> tuple[Probe, ...]:
        says = f"{name} is {'there' if comparison is Comparison.PRESENT else 'not there'}"
        return (
            Probe(machine=snapshot.machine.id, says=says, fact="folder", path=("files", name), comparison=comparison),
        )

    def blueprint(command: MakeFile, snapshot: Snapshot, program: str) -> Blueprint:
        path = str(folder / command.name)
        return Blueprint(
            resource=resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, path),
            action=Action(argv=(program, path), needs_root=False),
            says=f"Make {path}",
            effects=(f"{path} is there",),
            preconditions=is_there(snapshot, command.name, Comparison.ABSENT),
            verify=is_there(snapshot, command.name, Comparison.PRESENT),
            undo=Undo(
                says=f"Remove {path}",
                actions=(Action(argv=("/bin/rm", "-f", path), needs_root=False),),
                verify=is_there(snapshot, command.name, Comparison.ABSENT),
            ),
            risk=Risk.REVERSIBLE,
        )

    def operation(name: str, program: str) -> Operation[MakeFile]:
        return Operation[MakeFile](
            name=name,
            input=MakeFile,
            risk=Risk.REVERSIBLE,
            needs=("folder",),
            build=lambda command, snapshot: blueprint(command, snapshot, program),
            sudoers=(),
            examples=(
                Example(line=f"{name.replace('.', ' ')} nas one", does="Make a file."),
                Example(line=f"{name.replace('.', ' ')} nas two", does="Make another."),
            ),
        )

    def losing(command: MakeFile, snapshot: Snapshot) -> Blueprint:
        made = blueprint(command, snapshot, "/usr/bin/touch")
        effects = (*made.effects, "what goes (-) and what comes (+):", "| -nothing", f"| +{command.name}")
        lost = Undo(says="What it overwrites is lost", is_possible=False)
        return replace(made, effects=effects, undo=lost, risk=Risk.DESTRUCTIVE)

    lose = replace(operation("file.lose", ""), risk=Risk.DESTRUCTIVE, build=losing)
    operations = (operation("file.make", "/usr/bin/touch"), operation("file.promise", "/bin/true"), lose, SHELL)
    made = Measure[Files](
        name="MADE",
        summary="Whether a file lies in the folder of the test.",
        fact=listing,
        take=lambda seen, name, _now: name in seen.files,
        argument="name",
        is_argument_needed=True,
        example="[MADE one] == true",
    )
    return KnowHow(facts=(SYSTEM, listing), checks=(), operations=operations, fixes=(), measures=(made,))


def _listed(outputs: Mapping[str, CommandOutput]) -> Files:
    return Files(files=dict.fromkeys(outputs["ls"].stdout.splitlines(), True))


def settings_in(folder: Path) -> Settings:
    """Return settings that keep everything in one folder."""
    places = {name: str(folder / name.lower()) for name in ("DATA", "KEYS", "WORKSPACE", "SSH_CONFIG")}
    return read_settings({f"STEWARD_{name}": path for name, path in places.items()}, folder)


class House:
    """One Steward; it can be closed and opened again."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.clock = TurnedClock()
        self.settings = settings_in(folder)
        self.environment: dict[str, str] = {}
        self.reached: Callable[[str], None] = lambda _point: None
        self._daemon: Daemon | None = None
        self._steward: Steward | None = None
        shutil.copytree(template, folder, dirs_exist_ok=True)
        self.files.mkdir()

    @property
    def steward(self) -> Steward:
        """What was built."""
        assert self._steward is not None, "the house is closed"
        return self._steward

    @property
    def daemon(self) -> Daemon:
        """What carries it out."""
        assert self._daemon is not None, "the house is closed"
        return self._daemon

    async def open(self) -> House:
        """Build it and start durable work; nothing is looked at by itself."""
        surroundings = Surroundings(environment=self.environment, reached=self.reached, listening_seconds=0.05)
        self._steward = build(self.settings, know_how(self.files), surroundings)
        self._daemon = Daemon(self._steward)
        await self._daemon.open()
        return self

    async def close(self) -> None:
        """End it, as a restart would."""
        if self._daemon is not None:
            daemon, self._daemon, self._steward = self._daemon, None, None
            await daemon.close()
            # Durable work takes the loop's threads with it when it ends; a real restart has a new loop.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    async def do(self, name: str, actor: Principal = OWNER, /, **given: Any) -> Answer:
        """Dispatch one command."""
        return await self.steward.dispatch(actor, Command(name=name, input=given))

    async def ask(self, name: str, *, actor: Principal = SOMEBODY, command: str = "file.make") -> dict[str, Any]:
        """Ask for a file and return the card that waits."""
        card: dict[str, Any] = (await self.do(command, actor, machine=LOCAL_NAME, name=name)).result
        return card

    async def approve(self, card: Mapping[str, Any], actor: Principal = OWNER) -> Answer:
        """Say yes, with all that must be typed."""
        return await self.do("approvals.approve", actor, code=card["approval"]["code"], target=card.get("to_type", ""))

    async def receipt(self, run: str) -> Receipt:
        """Return the receipt as it is now."""
        return decode(Receipt, (await self.do("runs.show", run=run)).result)

    async def ended(self, run: str) -> Receipt:
        """Wait until a run has ended and return its receipt."""
        for _ in range(600):
            receipt = await self.receipt(run)
            if receipt.run.state in ENDED:
                return receipt
            await SystemClock.sleep(self.clock, 0.1)
        raise AssertionError(f"{run} is still {receipt.run.state}")

    def has(self, name: str) -> bool:
        """Tell whether a file is there, looking with our own eyes."""
        return (self.files / name).exists()


def prepared(folder: Path) -> Path:
    """Make what every house begins with: keys, workspace, a store with every table, this machine at `ask`."""
    folder.mkdir()
    settings = settings_in(folder)
    prepare(settings)
    files = WorkspaceFiles(repository=GitRepository(path=folder / "workspace"))
    files.change_machine(files.require(LOCAL_NAME).id, OWNER, autonomy=Autonomy.ASK)
    DBOS.migrate(settings.database)
    return folder


def as_kind(kind: PrincipalKind, strength: Strength = Strength.PASSKEY) -> Principal:
    """Return an actor of another kind that claims the strongest proof there is."""
    return replace(OWNER, id=PrincipalId(f"{kind.value}-1"), kind=kind, name=f"some {kind.value}", strength=strength)
