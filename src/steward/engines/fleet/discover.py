"""Look for machines that are not in the inventory, and propose them; nothing is added.

What lies on Steward's own box at its usual place is read for whoever may propose. A file that is named, a machine
that is asked and every address that is contacted need somebody who may change the inventory, and are written down.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.engines.fleet.propose import Proposals, proposals
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.discovery import Discovered, Reach, Source
from steward.model.errors import InvalidInput, StewardError
from steward.model.risk import Risk, Strength
from steward.ports.discoverer import Inquiry
from steward.store.database import Connection

_TOKEN = "proxmox-token"  # noqa: S105 - the name of a secret
_WITH_TOKEN = "proxmox"  # noqa: S105 - the name of a source


@record
class DiscoverInput:
    """Look for machines that are not in the inventory and print the line that adds each; nothing is added.

    Sources: `ssh-config`, `docker`, `ansible [PATH]`, `kubeconfig [PATH]`, `libvirt MACHINE`, `proxmox ADDRESS`,
    `range CIDR`, `mdns`. Without one, the SSH configuration, the contexts of Docker and the inventory of Ansible of
    Steward's own box are read. A path that is named, and whatever is contacted, asks for the owner's password.
    """

    source: str = ""
    """Where to look."""
    target: str = ""
    """What the source needs: an absolute path on Steward's box, a machine, an address or a range."""
    token: str = _TOKEN
    """Name of the secret that holds the API token of Proxmox, `USER@REALM!NAME=UUID`."""
    certificate: str = ""
    """SHA-256 fingerprint of the certificate of Proxmox, as its own pages show it, where nobody you trust signed it."""
    public: bool = False
    """Try a range of the internet too: say so only of your own addresses."""


@record
class AskedSource:
    """What came of one source."""

    source: str
    """Its name."""
    target: str
    """What was asked, or empty for the usual place."""
    found: Proposals
    """Machines it tells of."""
    problem: str
    """Why it could not be asked; empty when it could."""


@record
class Discovery:
    """Machines that are not in the inventory."""

    sentence: str
    """The answer in one sentence."""
    sources: tuple[AskedSource, ...]
    """Every source that was asked."""


async def discover(desk: Desk, given: DiscoverInput) -> Discovery:
    """Ask one source, or all that are cheap and lie on this box."""
    if not given.source:
        if given.target:
            raise InvalidInput(
                "a target needs its source", next_step="steward machines discover ansible /etc/ansible/hosts"
            )
        sources = [source for source in desk.discovery.sources.values() if source.is_asked_first]
        asked = [await _asked_quietly(desk, source, given) for source in sources]
    else:
        source = desk.discovery.require(given.source)
        asked = [await _asked(desk, source, given)]
    return Discovery(sentence=_sentence(asked), sources=tuple(asked))


async def _asked_quietly(desk: Desk, source: Source, given: DiscoverInput) -> AskedSource:
    """Ask one of several: what it cannot do costs the others nothing."""
    try:
        return await _asked(desk, source, given)
    except StewardError as error:
        nothing = Proposals(proposed=(), known=(), left_out=())
        return AskedSource(source=source.name, target="", found=nothing, problem=visible_line(str(error)))


async def _asked(desk: Desk, source: Source, given: DiscoverInput) -> AskedSource:
    if source.target and not given.target:
        raise InvalidInput(
            f"`{source.name}` needs {source.target}", next_step=f"steward machines discover {source.name} ..."
        )
    if source.reach is not Reach.LOCAL or given.target:
        desk.require_right(Right.GOVERN)
        desk.require(Strength.STEP_UP)
        await desk.storage.write(_note, desk, source, given)
    discovered = await _discovered(desk, source, given)
    found = proposals(discovered, desk.workspace.inventory())
    return AskedSource(source=source.name, target=visible_line(given.target), found=found, problem="")


async def _discovered(desk: Desk, source: Source, given: DiscoverInput) -> Discovered:
    if source.reach is Reach.MACHINE:
        return await desk.discovery.ask_on(source, desk.workspace.require(given.target))
    if source.reach is Reach.LOCAL and given.target and not PurePosixPath(given.target).is_absolute():
        why = "it would be looked for where Steward runs, which is not where you are"
        raise InvalidInput(f"`{visible_line(given.target[:80])}` is no absolute path", why=why)
    inquiry = Inquiry(target=given.target, certificate=given.certificate, allows_public=given.public)
    if source.name == _WITH_TOKEN:
        inquiry = replace(inquiry, token=desk.secrets.resolve(given.token))
    return await desk.discovery.ask(source, inquiry)


def _note(connection: Connection, desk: Desk, source: Source, given: DiscoverInput) -> None:
    """Write down who had something contacted or read, and what."""
    subject = f"{source.name} {visible_line(given.target)}".strip()
    desk.audit.append(connection, kind="machines.discover.asked", actor=desk.actor, subject=subject, payload={})


def _sentence(asked: list[AskedSource]) -> str:
    count = sum(len(each.found.proposed) for each in asked)
    known = len({name for each in asked for name in each.found.known})
    also = f"; {plural(known, 'machine')} of the inventory told of too" if known else ""
    if not count:
        return f"No machine was found that is not in the inventory{also}."
    return f"{plural(count, 'machine')} not in the inventory{also}. Nothing was added."


COMMANDS = (
    CommandSpec(
        name="machines.discover",
        right=Right.PROPOSE,
        input=DiscoverInput,
        output=Discovery,
        handler=discover,
        risk=Risk.READ,
        by_place=("source", "target"),
        examples=(
            Example(
                line="machines discover", does="Read the SSH configuration, Docker contexts and Ansible's inventory"
            ),
            Example(line="machines discover range 192.168.1.0/24", does="Find the SSH servers of a network"),
        ),
    ),
)
