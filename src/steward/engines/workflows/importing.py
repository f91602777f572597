"""Take in workflows of other tools: what becomes of them, what does not, and, if wanted, the files in the workspace."""

from __future__ import annotations

import asyncio
from dataclasses import field, replace

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.foreign.imported import (
    Drawing,
    Known,
    Mapped,
    Mistake,
    ProposedFile,
    ProposedMachine,
    Unmapped,
)
from steward.core.foreign.read import read
from steward.lib.codec import Json
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import Conflict, InvalidInput
from steward.model.risk import Risk, Strength
from steward.store.database import Connection

_NOTHING_FOUND = 10
_NAME = "workflow.import"


@record
class ImportInput:
    """Turn workflows of other tools into Steward's, and tell every part that has no place here, with its line.

    Reads graphs of kro, graphs of tasks, and the workflows, jobs, watchers, triggers, hosts and profiles of
    claude-superpowers; each is known by what it says. Nothing is written without --write, nothing is started, and
    every trigger comes turned off.
    """

    what: str
    """File, or folder with everything below it."""
    files: dict[str, str] = field(default_factory=dict[str, str])
    """Texts by the names of their files; filled in by the terminal."""
    machine: str = ""
    """Machine that command lines are done on which name none; without it, whoever starts a workflow says."""
    write: bool = False
    """Write the workflows and triggers into the workspace, in one commit. Files that are there stay as they are."""


@record
class ImportedFile:
    """A file of the workspace that holds what was taken over."""

    path: str
    """Path in the workspace."""
    text: str
    """Its content."""
    source: str
    """Where it comes from, `FILE:LINE`."""
    is_written: bool
    """Whether it was written just now."""
    note: str
    """Why it was not, where it was wanted."""


@record
class WorkflowImport:
    """What became of foreign workflows."""

    sentence: str
    """The answer in one sentence."""
    files: tuple[ImportedFile, ...]
    """Workflows and triggers."""
    machines: tuple[ProposedMachine, ...]
    """Machines that are named; nothing is added."""
    mapped: tuple[Mapped, ...]
    """What has a place here."""
    unmapped: tuple[Unmapped, ...]
    """What has none, with line and reason."""
    mistakes: tuple[Mistake, ...]
    """What is wrong with the sources."""
    drawings: tuple[Drawing, ...]
    """How the parts of graphs hang together."""
    commit: str
    """Commit of the workspace; empty when nothing was written."""
    next: str
    """What to do next."""

    @property
    def exit_code(self) -> int:
        """0 when something was found, else 10."""
        return 0 if self.files or self.machines or self.mapped else _NOTHING_FOUND


async def take_in(desk: Desk, given: ImportInput) -> WorkflowImport:
    """Read the texts, and write what became of them if that is wanted."""
    if not given.files:
        raise InvalidInput(
            "there is nothing to import", next_step="name a file or a folder: `steward workflow import ./workflows`"
        )
    is_writing = given.write and not desk.is_dry_run
    if is_writing:
        desk.require_right(Right.GOVERN)
        desk.require(Strength.STEP_UP)
    machine = desk.workspace.require(given.machine).name if given.machine else ""
    tools = await asyncio.to_thread(desk.policy.gate.tables)
    known = Known(
        operations=desk.catalogue.operations,
        tools=tools,
        machine=machine,
        trigger_words=replace(desk.triggers.words, workflows=None),  # what it starts may come in with it
        masked=desk.events.masked,
    )
    found = await asyncio.to_thread(read, given.files, known)
    files, commit = await _written(desk, found.files) if is_writing else (_shown(found.files), "")
    return WorkflowImport(
        sentence=_sentence(files, found.machines, found.mapped, found.unmapped),
        files=files,
        machines=found.machines,
        mapped=found.mapped,
        unmapped=found.unmapped,
        mistakes=found.mistakes,
        drawings=found.drawings,
        commit=commit,
        next=_next(files, is_written=bool(commit), is_wanted=is_writing),
    )


def _shown(files: tuple[ProposedFile, ...]) -> tuple[ImportedFile, ...]:
    return tuple(
        ImportedFile(path=each.path, text=each.text, source=each.source, is_written=False, note="") for each in files
    )


async def _written(desk: Desk, files: tuple[ProposedFile, ...]) -> tuple[tuple[ImportedFile, ...], str]:
    """Write what is not there yet, in one commit, noted before and after."""
    lying = await asyncio.to_thread(desk.workspace.texts, [each.path for each in files])
    new = {each.path: each.text for each in files if each.path not in lying}
    commit = ""
    if new:
        await desk.storage.write(_note, desk, "intended", sorted(new), "")
        try:
            commit = await asyncio.to_thread(desk.workspace.add_texts, new, _message(new), desk.actor)
        except Conflict as error:
            await desk.storage.write(_note, desk, "refused", sorted(new), str(error))
            raise
        await desk.storage.write(_note, desk, "done", sorted(new), commit)
    return tuple(_told(each, each.path in new, lying.get(each.path)) for each in files), commit


def _told(file: ProposedFile, is_written: bool, before: str | None) -> ImportedFile:  # noqa: FBT001 - one of two states
    note = "" if is_written else "it is there already" if before == file.text else "another file is there; it stays"
    return ImportedFile(path=file.path, text=file.text, source=file.source, is_written=is_written, note=note)


def _note(connection: Connection, desk: Desk, ending: str, paths: list[str], note: str) -> None:
    payload: Json = {"files": [*paths], "note": note}
    desk.audit.append(connection, kind=f"{_NAME}.{ending}", actor=desk.actor, subject=_NAME, payload=payload)


def _message(files: dict[str, str]) -> str:
    return f"Import {plural(len(files), 'file')} of workflows"


def _sentence(
    files: tuple[ImportedFile, ...],
    machines: tuple[ProposedMachine, ...],
    mapped: tuple[Mapped, ...],
    unmapped: tuple[Unmapped, ...],
) -> str:
    workflows = sum(each.path.startswith("workflows/") for each in files)
    parts = [(workflows, "workflow"), (len(files) - workflows, "trigger"), (len(machines), "machine")]
    found = ", ".join(plural(count, noun) for count, noun in parts if count) or "Nothing"
    return f"{found}: {plural(len(mapped), 'part')} taken over, {len(unmapped)} not, each told with its line."


def _next(files: tuple[ImportedFile, ...], *, is_written: bool, is_wanted: bool) -> str:
    if not files:
        return ""
    if is_written:
        first = next((each for each in files if each.path.startswith("workflows/")), files[0])
        return f"read {first.path} in the workspace; every trigger is off until its file says `enabled: true`"
    return "" if is_wanted else "the same with --write puts them into the workspace"


COMMANDS = (
    CommandSpec(
        name=_NAME,
        right=Right.READ,
        input=ImportInput,
        output=WorkflowImport,
        handler=take_in,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="workflow import ./workflows --machine nas", does="Tell what would become of these workflows"),
            Example(
                line="workflow import graph.yaml --write", does="The same, and write the result into the workspace"
            ),
        ),
    ),
)
