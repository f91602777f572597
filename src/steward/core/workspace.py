"""The owner's workspace: inventory, changes and notes as plain text in git."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from threading import RLock
from typing import Any, cast

from steward.core.accepted import Accepted, Record
from steward.core.http_allowed import http_targets
from steward.core.kept import KeptFolder
from steward.core.outside_file import NO_OUTSIDE, parse_outside
from steward.core.sources import InForce, Source
from steward.core.ways import check_ways
from steward.core.workflows import WorkflowFolder
from steward.lib.codec import Json, encode
from steward.lib.text import nearest, visible_line
from steward.lib.yaml import YamlError, load
from steward.lib.yaml_edit import Change as Edit
from steward.lib.yaml_edit import Put, Remove, edit
from steward.model.accepted import machine_in_force, machine_loosened, machine_tightened
from steward.model.change import Change
from steward.model.errors import Conflict, InvalidFile, InvalidInput, NotFound
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.outside import NO_RULES, OUTSIDE_FILE, OutsideRules
from steward.model.principal import STEWARD, Principal
from steward.model.wanted import Wanted
from steward.model.workspace import CHANGES_FOLDER, INVENTORY_FILE, Inventory
from steward.ports.repository import Repository

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
"""Names of machines and groups."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ADDRESSED = frozenset({Transport.SSH, Transport.NONE})
_ALWAYS_WRITTEN = frozenset({"id", "name", "autonomy"})
_DEFAULT = Machine(id=MachineId(""), name="")


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Documents of the workspace, as they lie there."""

    commit: str
    """Commit in force when they were read."""
    texts: Mapping[str, str]
    """By path."""
    unreadable: frozenset[str]
    """Files that are no text."""
    edited: frozenset[str]
    """Paths of the whole workspace with changes that are not committed."""


class WorkspaceFiles:
    """Reads and writes the text files of one workspace; every write is a commit by its author."""

    def __init__(self, *, repository: Repository, accepted: Accepted | None = None) -> None:
        """Without `accepted` the text alone is in force: for whoever only reads or writes text."""
        self._repository = repository
        self._accepted = accepted
        self.kept = KeptFolder(repository=repository)
        """Files of machines whose truth lies here."""
        self.workflows = WorkflowFolder(repository=repository)
        """Workflows."""
        self._writing = RLock()
        self._inventory = InForce(repository=repository, path=INVENTORY_FILE, parse=parse_inventory)
        self._outside = InForce(repository=repository, path=OUTSIDE_FILE, parse=parse_outside, absent=NO_OUTSIDE)
        self._last: tuple[Inventory, Record, Inventory] | None = None
        """What was written, what was accepted, and what of it was in force, when it was asked last."""

    def create(self, owner_name: str) -> str:
        """Create the repository with its first files; files that are there stay as they are. Return the commit."""
        self._repository.create()
        files = {path: text for path, text in _first_files(owner_name).items() if self._repository.read(path) is None}
        if not files:
            return self._repository.head()
        return self._repository.write(files, message="Create the workspace", author=STEWARD)

    def inventory(self) -> Inventory:
        """Return the inventory in force: what is written, as far as its owner accepted it.

        `core.sources` says which version of the text that is, `core.accepted` what of it.

        Raises:
            InvalidFile: no version was ever good.
        """
        written, record = self.written(), self._record()
        if record is None:
            return written
        last = self._last
        if last is not None and last[0] is written and last[1] is record:
            return last[2]
        machines = tuple(machine_in_force(machine, record.machines.get(machine.id)) for machine in written.machines)
        in_force = Inventory(machines=machines)
        self._last = (written, record, in_force)
        return in_force

    def written(self) -> Inventory:
        """Return the inventory as the text has it, accepted or not.

        Raises:
            InvalidFile: no version was ever good.
        """
        return self._inventory.current()

    def loosened(self, machine_id: MachineId) -> tuple[tuple[str, str], ...]:
        """Return what edits of a machine by hand would loosen and is not in force, each with what accepts it."""
        record, machine = self._record(), self.written().find(machine_id)
        if record is None or machine is None:
            return ()
        return machine_loosened(machine, record.machines.get(machine_id))

    def settle(self) -> None:
        """Write down edits by hand that tighten, so that taking them back needs the owner."""
        with self._writing:
            record = self._record()
            if self._accepted is None or record is None or self.problems():
                return
            written = {machine.id: machine for machine in self.written().machines}
            for machine_id, machine in record.machines.items():
                if machine_id not in written:
                    self._accepted.forget(machine_id, STEWARD)
                elif (stricter := machine_tightened(written[machine_id], machine)) != machine:
                    self._accepted.keep_machine(stricter, STEWARD, kind="inventory.tightened")

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the inventory file as it is now."""
        return self._inventory.problems()

    def outside(self) -> OutsideRules:
        """Return what may be asked from Steward's own box; where no version was ever good, nothing but machines."""
        try:
            return self._outside.current()
        except InvalidFile:  # `policy check` tells it with its line
            return NO_RULES

    def outside_problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with `outside.yaml` as it is now, machines that the inventory does not have included."""
        if problems := self._outside.problems():
            return problems
        try:
            text = self._repository.read(OUTSIDE_FILE) or NO_OUTSIDE
            parse_outside(text, machines=[machine.name for machine in self.written().machines])
        except InvalidFile as error:
            return error.problems
        return ()

    def wanted(self, machine: Machine) -> Wanted:
        """Return what is wanted of a machine: the files kept of it, and the hosts it may send requests to."""
        return dataclasses.replace(self.kept.of(machine), http_targets=http_targets(self.inventory(), self.outside()))

    def require(self, name_or_id: str) -> Machine:
        """Return the machine of this name or id.

        Raises:
            NotFound: with the nearest name.
        """
        inventory = self.inventory()
        machine = inventory.find(name_or_id)
        if machine is None:
            near = nearest(name_or_id, [known.name for known in inventory.machines])
            step = f"did you mean `{near}`?" if near else "see `steward machines ls`"
            raise NotFound(f"there is no machine `{visible_line(name_or_id)}`", next_step=step)
        return machine

    def add_machine(self, machine: Machine, author: Principal) -> str:
        """Write a machine into the inventory and commit it; return the commit.

        Raises:
            InvalidInput: the machine does not fit, for example because its name is taken.
            InvalidFile: the inventory must be mended first.
            Conflict: the inventory has edits that are not committed.
        """
        count = len(self._sound().machines)
        entry = {name: value for name, value in _fields(machine).items() if _is_written(name, value)}
        put = Put(path=("machines", count), value=entry)
        return self._rewrite((put,), f"Add machine {machine.name}", author)

    def change_machine(self, machine_id: MachineId, author: Principal, **changes: object) -> str:
        """Change fields of one machine and commit it; a field set to its default is taken out of the file.

        The caller has made sure who asks: what is in force after the change counts as accepted by the author. The
        text is written first: between the two, the stricter of them is in force.

        Raises:
            NotFound: no machine has this id.
            InvalidInput, InvalidFile, Conflict: as for `add_machine`.
        """
        with self._writing:
            used = self.inventory().find(machine_id)
            commit = self._change(machine_id, author, changes)
            if self._accepted and self._record() and used:
                self._accepted.keep_machine(dataclasses.replace(used, **cast("dict[str, Any]", changes)), author)
            return commit

    def quarantine(self, machine_id: MachineId, reason: str) -> None:
        """Send nothing to a machine any more: in the record first, which no edit in progress can hold up.

        Raises:
            InvalidFile, Conflict, TryLater: it is in force, but could not be noted in the text.
        """
        with self._writing:
            record = self._record()
            used = self.inventory().find(machine_id)
            if self._accepted and record and used:
                before = record.machines.get(machine_id, used)
                after = dataclasses.replace(before, quarantined=reason)
                self._accepted.keep_machine(after, STEWARD, kind="machine.quarantined")
            self._change(machine_id, STEWARD, {"quarantined": reason})

    def _change(self, machine_id: MachineId, author: Principal, changes: Mapping[str, object]) -> str:
        index, machine = self._locate(machine_id)
        unknown = set(changes) - {field.name for field in dataclasses.fields(Machine)} | ({"id"} & set(changes))
        if unknown:
            raise InvalidInput(f"a machine has no field {', '.join(sorted(unknown))} that can be changed")
        edits: list[Edit] = []
        for name, value in _fields(dataclasses.replace(machine, **cast("dict[str, Any]", changes))).items():
            path = ("machines", index, name)
            if name in changes and _is_written(name, value):
                edits.append(Put(path=path, value=value))
            elif name in changes and self._is_given(path):
                edits.append(Remove(path=path))
        return self._rewrite(edits, f"{_told(changes)} of machine {machine.name}", author)

    def remove_machine(self, machine_id: MachineId, author: Principal) -> str:
        """Take a machine out of the inventory and commit it.

        Raises:
            NotFound, InvalidInput, InvalidFile, Conflict: as for `change_machine`.
        """
        with self._writing:
            index, machine = self._locate(machine_id)
            commit = self._rewrite((Remove(path=("machines", index)),), f"Remove machine {machine.name}", author)
            record = self._record()
            if self._accepted and record and machine_id in record.machines:
                self._accepted.forget(machine_id, author)
            return commit

    def write_change(self, change: Change, markdown: str, author: Principal) -> str:
        """Write the file of a change, `changes/<id>.md`, and commit it; return the commit."""
        path = f"{CHANGES_FOLDER}/{change.id}.md"
        return self._repository.write({path: markdown}, message=f"{change.title} ({change.id})", author=author)

    def documents(self, folders: Iterable[str]) -> Documents:
        """Return the Markdown files of some folders as they lie there, and which of them nobody committed yet."""
        head, texts, unreadable = self._repository.head(), dict[str, str](), set[str]()
        for path in (path for folder in folders for path in self._repository.files(folder) if path.endswith(".md")):
            try:
                text = self._repository.read(path)
            except InvalidFile:  # no text: whoever put it there keeps it
                unreadable.add(path)
            else:
                texts |= {} if text is None else {path: text}
        edited = frozenset(self._repository.changed())
        return Documents(commit=head, texts=texts, unreadable=frozenset(unreadable), edited=edited)

    def committed_documents(self, folders: Iterable[str]) -> Documents:
        """Return the Markdown files of some folders as they were committed last; what never was is left out."""
        lying = self.documents(folders)
        asked = {path: next(self._repository.committed(path), None) for path in lying.edited & {*lying.texts}}
        texts = {path: text for path, text in lying.texts.items() if path not in asked}
        texts |= {path: found[1] for path, found in asked.items() if found}
        return dataclasses.replace(lying, texts=texts)

    def dated_documents(self, folder: str) -> Mapping[str, datetime]:
        """Return when each file of a folder and below was changed last by a commit."""
        return self._repository.dated(folder)

    def write_documents(
        self, files: Mapping[str, str | None], message: str, author: Principal, *, expected: str
    ) -> str:
        """Write and take away documents in one commit; return the commit.

        Raises:
            Conflict: the workspace is no longer at the commit `expected`, or a file has edits nobody committed.
        """
        return self._repository.write(files, message=message, author=author, expected=expected)

    def texts(self, paths: Iterable[str]) -> Mapping[str, str]:
        """Return the texts of those of these files that are there."""
        found = {path: self._repository.read(path) for path in paths}
        return {path: text for path, text in found.items() if text is not None}

    def add_texts(self, files: Mapping[str, str], message: str, author: Principal) -> str:
        """Write files that are not there yet in one commit; return the commit.

        Raises:
            Conflict: one of them is there by now.
        """
        with self._writing:
            head = self._repository.head()
            if lying := self.texts(files):
                raise Conflict(f"{min(lying)} is there already", next_step="look at it, and import again")
            return self._repository.write(dict(files), message=message, author=author, expected=head)

    def _sound(self) -> Inventory:
        """Return the inventory, or refuse when the file as it is now is broken: a broken file is never edited."""
        problems = self.problems()
        if problems:
            raise InvalidFile.first_of(problems)
        return self.written()

    def _record(self) -> Record | None:
        return self._accepted.record() if self._accepted else None

    def _locate(self, machine_id: MachineId) -> tuple[int, Machine]:
        for index, machine in enumerate(self._sound().machines):
            if machine.id == machine_id:
                return index, machine
        raise NotFound(f"there is no machine with the id `{visible_line(machine_id)}`")

    def _is_given(self, path: tuple[str | int, ...]) -> bool:
        return load(self._repository.read(INVENTORY_FILE) or "").node(path) is not None

    def _rewrite(self, edits: tuple[Edit, ...] | list[Edit], message: str, author: Principal) -> str:
        head = self._repository.head()
        before = self._repository.read(INVENTORY_FILE) or ""
        try:
            text = edit(before, edits, file=INVENTORY_FILE)
            parse_inventory(text)
        except YamlError as error:
            first = error.problems[0]
            raise InvalidInput(first.what, where=INVENTORY_FILE, next_step=first.next_step) from error
        except InvalidFile as error:  # lines of a text that was never written would mislead
            why = "; ".join(
                f"{problem.what}: {problem.why}" if problem.why else problem.what for problem in error.problems
            )
            raise InvalidInput("the inventory would not fit any more", why=why, next_step=error.next_step) from error
        files = {INVENTORY_FILE: text}
        return self._repository.write(files, message=message, author=author, expected=head)


def parse_inventory(text: str, *, file: str = INVENTORY_FILE) -> Inventory:
    """Read the text of an inventory.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    decoded = source.entries("machines", Machine)
    for index, machine in enumerate(decoded):
        if machine is not None:
            _check_machine(source, index, machine)
    source.refuse_shared("machines", decoded, ("id", "name"), "machine")  # nor is a name another machine's id
    check_ways(source, decoded)
    source.end()
    return Inventory(machines=tuple(machine for machine in decoded if machine is not None))


def _check_machine(source: Source, index: int, machine: Machine) -> None:
    at = ("machines", index)
    given = source.written(at)
    name_rule = "use lower-case letters, digits, dot and dash, beginning with a letter or digit"
    if not NAME.fullmatch(machine.name):
        source.note((*at, "name"), f"`{visible_line(machine.name)}` cannot be a name", next_step=name_rule)
    if not _ID.fullmatch(machine.id):
        source.note(
            (*at, "id"), f"`{visible_line(machine.id)}` cannot be an id", next_step="leave ids as Steward wrote them"
        )
    if machine.host_key and not _HOST_KEY.fullmatch(machine.host_key):
        step = "copy it from `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the machine's console"
        source.note((*at, "host_key"), "`host_key` is not a fingerprint `SHA256:...` of 43 characters", next_step=step)
    if not 1 <= machine.port <= 65_535 or isinstance(given.get("port"), bool):
        source.note((*at, "port"), "`port` must be a number from 1 to 65535")
    is_spelled_right = set(given) <= {field.name for field in dataclasses.fields(Machine)}
    if machine.transport in _ADDRESSED and not machine.address and is_spelled_right:
        source.note(
            (*at, "address"), f"`{visible_line(machine.name)}` has no address", next_step="write a line `address: ...`"
        )
    for field in ("address", "user", "identity_file", "proxy_jump"):
        value = str(getattr(machine, field))
        if value.startswith("-") or re.search(r"[\s\x00-\x1f\x7f]", value):
            source.note((*at, field), f"`{field}` may not begin with a dash or contain spaces")
    for place, group in enumerate(machine.groups):
        if not NAME.fullmatch(group):
            source.note((*at, "groups", place), f"`{visible_line(group)}` cannot be a group", next_step=name_rule)


def _fields(machine: Machine) -> dict[str, Json]:
    return cast("dict[str, Json]", encode(machine))


def _is_written(name: str, value: Json) -> bool:
    return name in _ALWAYS_WRITTEN or value != _fields(_DEFAULT)[name]


def _first_files(owner_name: str) -> dict[str, str]:
    """Return the files of a new workspace, from the templates in `library`."""
    library = resources.files("steward").joinpath("library")
    templates = library.joinpath("templates", "workspace")
    owner = visible_line(owner_name).strip() or "the owner"
    return {
        "README.md": templates.joinpath("README.md").read_text("utf-8").replace("{{owner}}", owner),
        "notes/README.md": templates.joinpath("notes.md").read_text("utf-8"),
        "changes/README.md": templates.joinpath("changes.md").read_text("utf-8"),
        INVENTORY_FILE: templates.joinpath("inventory.yaml").read_text("utf-8"),
        "policy.yaml": library.joinpath("policies", "default.yaml").read_text("utf-8"),
        "schemas/hooks.json": library.joinpath("schemas", "hooks.json").read_text("utf-8"),
        "schemas/inventory.json": library.joinpath("schemas", "inventory.json").read_text("utf-8"),
        "schemas/outside.json": library.joinpath("schemas", "outside.json").read_text("utf-8"),
        "schemas/policy.json": library.joinpath("schemas", "policy.json").read_text("utf-8"),
        "schemas/telemetry.json": library.joinpath("schemas", "telemetry.json").read_text("utf-8"),
        "schemas/workflow.json": library.joinpath("schemas", "workflow.json").read_text("utf-8"),
        "schemas/repositories.json": library.joinpath("schemas", "repositories.json").read_text("utf-8"),
    }


def _told(changes: Mapping[str, object]) -> str:
    """Say in the words of a commit what a change of these fields is."""
    if changes.get("host_key"):
        return "Confirm the host key"
    if changes.get("quarantined"):
        return "Note the quarantine"
    return f"Change {', '.join(sorted(changes))}"
