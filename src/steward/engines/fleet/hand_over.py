"""What leaves the inventory as text: Ansible's form of it, and what a new machine needs to join."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.knowhow.ansible_export import as_ini, as_yaml
from steward.knowhow.joining import Platform, joining
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.risk import Risk


class Format(StrEnum):
    """A form of the inventory."""

    ANSIBLE = "ansible"
    """Ansible, YAML."""
    ANSIBLE_INI = "ansible-ini"
    """Ansible, lines."""


@record
class ExportInput:
    """Print the inventory as another tool reads it: `steward machines export > hosts.yml`."""

    format: Format = Format.ANSIBLE
    """`ansible` is YAML, `ansible-ini` its older form."""


@record
class Exported:
    """The inventory as another tool reads it."""

    format: Format
    """Which form."""
    text: str
    """The file."""


@record
class JoinInput:
    """Print what to paste at a new machine, so that Steward may log in: an unprivileged user and one public key.

    It gives no sudo rights, fetches nothing, prints the host key to compare and the line that adds the machine, and
    may be pasted twice.
    """

    platform: Platform = Platform.DEBIAN
    """What the new machine runs."""


@record
class Joining:
    """What to paste at a new machine."""

    platform: Platform
    """For which platform."""
    text: str
    """A command line, or a piece of configuration."""


async def export(desk: Desk, given: ExportInput) -> Exported:
    """Write the inventory in another form."""
    inventory = desk.workspace.inventory()
    text = as_yaml(inventory) if given.format is Format.ANSIBLE else as_ini(inventory)
    return Exported(format=given.format, text=text)


async def join(desk: Desk, given: JoinInput) -> Joining:
    """Write what a new machine needs."""
    try:
        key = await asyncio.to_thread(desk.own_key)
    except OSError as error:
        step = "`steward init` makes it; while it is there already, `ssh-keygen -y` writes it again"
        raise NotFound("Steward's own public key is not there", why=str(error), next_step=step) from error
    return Joining(platform=given.platform, text=joining(given.platform, key))


COMMANDS = (
    CommandSpec(
        name="machines.export",
        right=Right.READ,
        input=ExportInput,
        output=Exported,
        handler=export,
        risk=Risk.READ,
        examples=(
            Example(line="machines export", does="Print the inventory as Ansible reads it, in YAML"),
            Example(line="machines export --format ansible-ini", does="The same in Ansible's older form"),
        ),
    ),
    CommandSpec(
        name="machines.join",
        right=Right.READ,
        input=JoinInput,
        output=Joining,
        handler=join,
        risk=Risk.READ,
        examples=(
            Example(line="machines join", does="Print the line to paste at a new Debian machine"),
            Example(line="machines join --platform nixos", does="Print what NixOS needs in its configuration"),
        ),
    ),
)
