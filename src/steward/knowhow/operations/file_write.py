"""Write one kept file as git holds it."""

from __future__ import annotations

from steward.knowhow import file_write_script as script
from steward.knowhow.drift import difference, is_drifted, why_not_put_back
from steward.knowhow.facts.kept_files import PLUGIN as KEPT_FILES
from steward.knowhow.facts.kept_files import KeptFile, Place, Writer
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.kept_paths import why_never_written, why_no_rights
from steward.lib.record import record
from steward.lib.shell import join
from steward.lib.text import nearest, plural, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.resource import Owner, ResourceKind, resource_owned
from steward.model.risk import Risk
from steward.model.wanted import WantedFile

_MOST_LINES = 200
_SECONDS = 60


@record
class WriteFile:
    """Write a kept file as git holds it, whole or not at all; mode and owner stay. What is not kept is refused."""

    machine: str
    """Machine, by name or id."""
    path: str
    """Absolute path on the machine, as `steward files ls` lists it."""


def build(command: WriteFile, snapshot: Snapshot) -> Blueprint:
    """Work out what would be written; what is not kept, or cannot be brought back, is refused."""
    path, (file, wanted) = command.path, _kept(snapshot, command.path)
    is_new = file.place is Place.ABSENT
    return Blueprint(
        resource=resource_owned(snapshot.machine.id, ResourceKind.FILE, path, Owner.GIT),
        action=_action(file, "put", path, script.order(file.sha256, wanted.sha256, wanted.text)),
        says=f"Write {path} as git holds it",
        effects=(_what(file, wanted), *_diff(snapshot, path, file, wanted)),
        preconditions=(_is(snapshot, path, file),),
        verify=(_holds(snapshot, path, wanted.sha256, "holds what git holds"),),
        undo=Undo(
            says=f"Remove {path}, which was not there"
            if is_new
            else f"Write the former {file.size_bytes} bytes of {path} again",
            actions=(_back(path, file, wanted),),
            verify=(_is(snapshot, path, file),),
        ),
        risk=Risk.RISKY,
    )


def _kept(snapshot: Snapshot, path: str) -> tuple[KeptFile, WantedFile]:
    """Return what is there and what is wanted, or refuse."""
    where, wanted, seen = snapshot.machine.name, snapshot.wanted.files.get(path), snapshot.of(KEPT_FILES)
    if wanted is None:
        near = nearest(path, snapshot.wanted.files)
        step = f"did you mean `{near}`?" if near else f"`steward files keep {where} PATH` takes a file into git first"
        why = snapshot.wanted.unusable.get(path, "only files that git holds are written")
        raise InvalidInput(f"`{visible_line(path)}` is not kept", where=where, why=why, next_step=step)
    file = seen.files.get(path) if seen is not None else None
    if seen is None or file is None:
        said = snapshot.unread.get(KEPT_FILES.name, "") if seen is None else seen.unread.get(path, "")
        raise InvalidInput(f"cannot work on {path}", where=where, why=said or "it was not looked at yet")
    if not is_drifted(file, wanted):
        raise InvalidInput(f"{path} is as git holds it", where=where)
    if why := why_not_put_back(path, file, wanted, is_root=_is_root(snapshot)):
        raise InvalidInput(f"{path} is not written", where=where, why=why)
    return file, wanted


def _is_root(snapshot: Snapshot) -> bool:
    system = snapshot.of(SYSTEM)
    return system is not None and system.user_id == 0


def _action(file: KeptFile, verb: str, path: str, stdin: str) -> Action:
    needs_root = file.writer is not Writer.STEWARD
    return Action(argv=script.argv(verb, path), needs_root=needs_root, timeout_seconds=_SECONDS, stdin=stdin)


def _back(path: str, file: KeptFile, wanted: WantedFile) -> Action:
    if file.place is Place.ABSENT:
        return _action(file, "drop", path, script.order(wanted.sha256, ""))
    return _action(file, "put", path, script.order(wanted.sha256, file.sha256, file.text or ""))


def _what(file: KeptFile, wanted: WantedFile) -> str:
    if file.place is Place.ABSENT:
        return f"makes the file with {wanted.size_bytes} bytes, mode 0644; it is not there"
    sizes = f"{file.size_bytes} bytes become {wanted.size_bytes}"
    return f"{sizes}; mode {file.mode} and owner {visible_line(file.owner)} stay"


def _diff(snapshot: Snapshot, path: str, file: KeptFile, wanted: WantedFile) -> tuple[str, ...]:
    """Tell what goes and what comes, a line each, behind a bar: the lines are of others, and begin as they like."""
    lines = [f"| {line}" for line in difference(file.text or "", wanted.text)]
    more = len(lines) - _MOST_LINES
    command = join(("steward", "files", "diff", snapshot.machine.name, path))
    rest = (f"and {plural(more, 'line')} more, shown by `{command}`",) if more > 0 else ()
    return ("what goes (-) and what comes (+):", *lines[:_MOST_LINES], *rest)


def _is(snapshot: Snapshot, path: str, file: KeptFile) -> Probe:
    """Expect what was seen in this place."""
    if file.place is Place.FILE:
        return _holds(snapshot, path, file.sha256, "holds what was seen there")
    return Probe(
        machine=snapshot.machine.id,
        says=f"{path} is not there",
        fact=KEPT_FILES.name,
        path=("files", path, "place"),
        expected=file.place.value,
    )


def _holds(snapshot: Snapshot, path: str, sha256: str, what: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"{path} {what} (sha256 {sha256[:12]})",
        fact=KEPT_FILES.name,
        path=("files", path, "sha256"),
        expected=sha256,
    )


def rights(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the lines for exactly the kept files that only root may write, and that one line can be given for."""
    seen = snapshot.of(KEPT_FILES)
    files = seen.files if seen is not None else {}
    chosen = sorted(path for path in snapshot.wanted.files if path in files and files[path].writer is Writer.ROOT)
    safe = (path for path in chosen if not (why_never_written(path) or why_no_rights(path)))
    return tuple(line for path in safe for line in script.rights(path))


PLUGIN = Operation[WriteFile](
    name="file.write",
    input=WriteFile,
    risk=Risk.RISKY,
    needs=(SYSTEM.name, KEPT_FILES.name),
    build=build,
    sudoers=(),
    rights=rights,
    examples=(
        Example(line="file write m1 /etc/motd", does="Put the message of the day of m1 back to what git holds."),
        Example(line="file write nas /etc/samba/smb.conf", does="Put the configuration of Samba back."),
    ),
    is_grantable=False,
)
