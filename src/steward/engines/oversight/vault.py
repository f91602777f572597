"""Secrets: names only; a value goes in and never comes out."""

from __future__ import annotations

import asyncio

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk, Strength
from steward.model.secret import Secret


@record
class ListInput:
    """List the names of the secrets Steward can use; values are never shown."""


@record
class SecretList:
    """Names of secrets."""

    names: tuple[str, ...]
    """Every name some vault has."""


@record
class SetInput:
    """Put a secret into the encrypted file, or replace it; plans that were approved with the old value go stale."""

    name: str
    """Name, without `secret://`."""
    value: str
    """The value; asked without echo, or read from a file."""


@record
class RemoveInput:
    """Take a secret out of the encrypted file."""

    name: str
    """Name, without `secret://`."""


@record
class SecretNamed:
    """The secret that was set or removed."""

    name: str
    """Its name."""
    sentence: str
    """What is so now."""


async def listed(desk: Desk, _input: ListInput) -> SecretList:
    """List names."""
    return SecretList(names=await asyncio.to_thread(desk.secrets.names))


async def put(desk: Desk, given: SetInput) -> SecretNamed:
    """Set a secret."""
    await asyncio.to_thread(desk.secrets.put, given.name, Secret(given.value))
    return SecretNamed(name=given.name, sentence=f"secret://{given.name} is set.")


async def remove(desk: Desk, given: RemoveInput) -> SecretNamed:
    """Remove a secret."""
    await asyncio.to_thread(desk.secrets.remove, given.name)
    return SecretNamed(name=given.name, sentence=f"{given.name} is removed; plans that use it cannot run.")


COMMANDS = (
    CommandSpec(
        name="secrets.ls",
        right=Right.READ,
        input=ListInput,
        output=SecretList,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="secrets ls", does="List the names of your secrets"),
            Example(line="secrets ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="secrets.set",
        right=Right.GOVERN,
        input=SetInput,
        output=SecretNamed,
        handler=put,
        undo="steward secrets set NAME, with the value before",
        verify="`steward secrets ls` names it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        secret_fields=frozenset({"value"}),
        examples=(
            Example(line="secrets set backup-repository", does="Set a secret, asking for its value without echo"),
            Example(line="secrets set backup-repository --value-file -", does="Read its value from standard input"),
        ),
    ),
    CommandSpec(
        name="secrets.remove",
        right=Right.GOVERN,
        input=RemoveInput,
        output=SecretNamed,
        handler=remove,
        undo="steward secrets set NAME",
        verify="`steward secrets ls` no longer names it",
        risk=Risk.RISKY,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="secrets remove backup-repository", does="Forget a secret"),
            Example(line="secrets remove backup-repository --dry-run", does="Only say what would happen"),
        ),
    ),
)
