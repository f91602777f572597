"""Let every reader look at a repository and put together what they find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from steward.engines.services.backups import unprotected
from steward.engines.services.clashes import clashes
from steward.engines.services.placement import placed
from steward.knowhow.declared.found import together
from steward.knowhow.declared.reader import Reader, Sources, submodules
from steward.model.declared import Declaration, DeclaredService, Unreadable
from steward.model.tree import Tree


def gather(tree: Tree, readers: Sequence[Reader]) -> Declaration:
    """Return everything a repository declares; what one reader cannot read stops no other."""
    sources = Sources(tree)
    found = together(part for reader in readers for part in _read(sources, reader))
    found = together((found, _mistakes(sources), _not_here(sources)))
    found = placed(_once(found))
    return together((found, Declaration(problems=(*clashes(found.ports), *unprotected(found)))))


def _once(found: Declaration) -> Declaration:
    """Leave out units a role both brings as a file and starts: the task that starts them tells them."""
    started = {(each.name, _role_of(each.file, "tasks")) for each in found.services if each.kind == "systemd"}

    def is_told(each: DeclaredService) -> bool:
        role = next((role for part in ("templates", "files") if (role := _role_of(each.file, part))), "")
        return each.kind == "systemd" and bool(role) and (each.name, role) in started

    return replace(found, services=tuple(each for each in found.services if not is_told(each)))


def _role_of(file: str, part: str) -> str:
    """Return the folder of the role that a file lies in, where it lies in this part of one."""
    role, found, _ = file.rpartition(f"/{part}/")
    return role if found and "roles/" in role else ""


def _read(sources: Sources, reader: Reader) -> Iterable[Declaration]:
    try:
        paths = sorted(set(reader.claims(sources)))
    except Exception as error:  # noqa: BLE001 - a text nobody foresaw; told, and the rest goes on
        paths = []
        yield _our_mistake(".", reader, error)
    for path in paths:
        try:
            yield reader.read(sources, path)
        except Exception as error:  # noqa: BLE001 - as above
            yield _our_mistake(path, reader, error)


def _our_mistake(path: str, reader: Reader, error: Exception) -> Declaration:
    reason = f"our mistake while reading it as {reader.name}: {type(error).__name__}"
    return Declaration(unreadable=(Unreadable(file=path, line=1, reason=reason),))


def _not_here(sources: Sources) -> Declaration:
    """Return submodules that were not checked out."""
    missing = [(path, line) for path, line in submodules(sources).items() if not any(_below(sources, path))]
    reason = "the submodule {} is not checked out; nothing in it was read"
    return Declaration(
        unreadable=tuple(
            Unreadable(file=".gitmodules", line=line, reason=reason.format(path)) for path, line in missing
        )
    )


def _below(sources: Sources, folder: str) -> Iterable[bool]:
    return (True for path in sources.paths if path.startswith(folder + "/"))


def _mistakes(sources: Sources) -> Declaration:
    """Return what in files of YAML could not be read."""
    return Declaration(
        unreadable=tuple(
            Unreadable(
                file=path, line=line, reason=f"a template, read as far as it goes: {what}" if is_template else what
            )
            for path in sources.yaml_paths()
            for is_template, line, what in (
                (read.is_template, *each) for read in (sources.yaml(path),) for each in read.mistakes
            )
        )
    )
