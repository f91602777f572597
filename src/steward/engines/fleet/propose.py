"""Turn what a source tells into machines a person could add: names that fit, lines to type, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from steward.core.workspace import NAME
from steward.lib.record import record
from steward.lib.shell import join
from steward.lib.text import visible_line
from steward.model.discovery import Discovered, Found, LeftOut
from steward.model.machine import THROUGH_ANOTHER, Machine
from steward.model.workspace import Inventory

_WORD = re.compile(r"(?!-)[^\s\x00-\x1f\x7f]{1,250}")
"""What may stand in the inventory and on a command line."""
_LONGEST_NAME = 63
_SAID = 160
_NAMELESS = "machine"
"""What is proposed where no letter of a name can be used."""


@record
class Proposal:
    """A machine that is not in the inventory."""

    name: str
    """Name it would get."""
    line: str
    """Exact line that adds it; type it, or change it first."""
    found: Found
    """What the source tells; its words are of others."""


@record
class Proposals:
    """What one source gives, compared with the inventory."""

    proposed: tuple[Proposal, ...]
    """Machines that are not in the inventory."""
    known: tuple[str, ...]
    """Names of machines of the inventory it tells of too."""
    left_out: tuple[LeftOut, ...]
    """What could not be read, and what is no machine to look after, each with the reason."""


def proposals(discovered: Discovered, inventory: Inventory) -> Proposals:
    """Compare what was discovered with the inventory."""
    taken = {machine.name for machine in inventory.machines}
    names: dict[str, str] = {}
    proposed: list[Proposal] = []
    known: list[str] = []
    left_out = list(discovered.left_out)
    for found in discovered.machines:
        machine = next((one for one in inventory.machines if _is_same(one, found, names)), None)
        if machine is not None:
            names[found.name] = machine.name
            known.append(machine.name)
            continue
        unfit = [word for word in _words_of(found) if not _WORD.fullmatch(word)]
        if unfit or not (found.address or found.guest):
            why = f"`{visible_line(unfit[0][:60])}` cannot be used in an inventory" if unfit else "it tells no address"
            left_out.append(LeftOut(what=found.name, why=why))
            continue
        name = _free(_fitting(found.name), taken)
        taken.add(name)
        names[found.name] = name
        proposed.append(Proposal(name=name, line="", found=found))
    return Proposals(
        proposed=tuple(_with_line(each, names) for each in proposed),
        known=tuple(dict.fromkeys(known)),
        left_out=tuple(_shown(each) for each in left_out),
    )


def _is_same(machine: Machine, found: Found, names: dict[str, str]) -> bool:
    """Tell whether a machine of the inventory is the one a source means: by guest, by address, or by its name."""
    if found.transport in THROUGH_ANOTHER:
        via = names.get(found.via, found.via)
        return (machine.transport, machine.via, machine.guest) == (found.transport, via, found.guest)
    if machine.address and found.address:
        asked = {found.address.lower(), found.alias.lower()}
        if machine.address.lower() in asked and (machine.port == found.port or machine.address == found.alias):
            return True
    return machine.name == _fitting(found.name) != _NAMELESS and machine.transport not in THROUGH_ANOTHER


def _fitting(name: str) -> str:
    """Return a name of the inventory that is like a name of anybody's."""
    plain = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")[:_LONGEST_NAME].strip("-.")
    return plain if NAME.fullmatch(plain) else _NAMELESS


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number where it is taken."""
    number = 1
    chosen = name
    while chosen in taken:
        number += 1
        chosen = f"{name[: _LONGEST_NAME - 5]}-{number}"
    return chosen


def _words_of(found: Found) -> Iterable[str]:
    words = (found.address, found.alias, found.user, found.identity_file, found.proxy_jump, found.via, found.guest)
    return (word for word in words if word)


def _with_line(proposal: Proposal, names: dict[str, str]) -> Proposal:
    found = proposal.found
    words = ["steward", "machines", "add", proposal.name, *_reached(found, names)]
    words += [word for group in _groups(found) for word in ("--groups", group)]
    return Proposal(name=proposal.name, line=join(words), found=found)


def _reached(found: Found, names: dict[str, str]) -> Iterator[str]:
    """Yield address and options; a name of the SSH configuration needs none but the user."""
    if found.transport in THROUGH_ANOTHER:
        yield from (found.guest, "--transport", found.transport.value, "--via", names.get(found.via, found.via))
        return
    yield found.alias or found.address
    options = [("--user", found.user)]
    if not found.alias:
        options += [("--port", str(found.port) if found.port != 22 else "")]
        options += [("--identity-file", found.identity_file), ("--proxy-jump", found.proxy_jump)]
    yield from (word for option, value in options if value for word in (option, value))


def _groups(found: Found) -> Iterator[str]:
    seen = dict.fromkeys(_fitting(group) for group in found.groups[:20])
    return (group for group in seen if group != _NAMELESS)


def _shown(left_out: LeftOut) -> LeftOut:
    return LeftOut(what=visible_line(left_out.what)[:_SAID], why=visible_line(left_out.why)[:_SAID])
