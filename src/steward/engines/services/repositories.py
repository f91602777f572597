"""Registered repositories: the folders whose files say what should run."""

from __future__ import annotations

import asyncio

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.graph import shown
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.registered import REPOSITORIES_FILE, DeclaredIn, RegisteredRepository
from steward.model.risk import Risk, Strength


@record
class ListInput:
    """List the registered repositories, and what each declares."""


@record
class AddInput:
    """Register a folder whose files declare what runs: Compose, Kubernetes, Nix and more; it is only read."""

    name: str
    """Name for it."""
    path: str
    """Folder on the machine that runs Steward, from `/` on."""
    machine: str = ""
    """Machine that everything in it runs on, where the files do not say."""


@record
class DropInput:
    """Forget a registered repository; the folder stays as it is."""

    name: str
    """Name."""


@record
class RepositoryCard:
    """One registered repository."""

    name: str
    """Name."""
    path: str
    """Folder."""
    machine: str
    """Machine that everything in it runs on; empty where the files say."""
    services: int
    """Services it declares."""
    unreadable: int
    """Places in it that cannot be read."""
    problem: str
    """Why nothing of it can be read, or empty."""


@record
class RepositoryCards:
    """Registered repositories."""

    sentence: str
    """The answer in one sentence."""
    repositories: tuple[RepositoryCard, ...]
    """In the order of the file."""
    problems: tuple[str, ...]
    """What is wrong with `repositories.yaml`, each with its line."""


@record
class Dropped:
    """A repository that was forgotten."""

    sentence: str
    """What was done."""


async def listed(desk: Desk, _given: ListInput) -> RepositoryCards:
    """List them."""
    found = await asyncio.to_thread(desk.declared)
    cards = tuple(_card(one) for one in found)
    services = sum(card.services for card in cards)
    sentence = f"{len(cards)} registered, {plural(services, 'service')} declared." if cards else _NONE
    problems = tuple(str(problem) for problem in desk.repositories.problems())
    return RepositoryCards(sentence=sentence, repositories=cards, problems=problems)


def _card(one: DeclaredIn) -> RepositoryCard:
    return RepositoryCard(
        name=one.repository.name,
        path=shown(one.repository.path),
        machine=one.repository.machine,
        services=len(one.declaration.services),
        unreadable=len(one.declaration.unreadable),
        problem=shown(one.problem),
    )


async def add(desk: Desk, given: AddInput) -> RepositoryCard:
    """Register one; a folder that cannot be read is refused."""
    entry = RegisteredRepository(name=given.name, path=given.path, machine=_machine(desk, given))
    await asyncio.to_thread(desk.repositories.add, entry, desk.actor)
    found = await asyncio.to_thread(desk.declared)
    one = next(each for each in found if each.repository.name == given.name)
    if one.problem:
        await asyncio.to_thread(desk.repositories.drop, given.name, desk.actor)
        raise InvalidInput(
            f"`{given.path}` cannot be read", why=one.problem, next_step="name a folder Steward may read"
        )
    return _card(one)


def _machine(desk: Desk, given: AddInput) -> str:
    return desk.workspace.require(given.machine).name if given.machine else ""


async def preview_add(desk: Desk, given: AddInput) -> str:
    """Say what would be registered."""
    machine = _machine(desk, given)
    where = f", for machine {machine}" if machine else ""
    return f"Register {shown(given.path)} as {shown(given.name)} in {REPOSITORIES_FILE}{where}; it is only read."


async def drop(desk: Desk, given: DropInput) -> Dropped:
    """Forget one."""
    await asyncio.to_thread(desk.repositories.drop, given.name, desk.actor)
    return Dropped(sentence=f"{given.name} is forgotten; the folder stays as it is.")


async def preview_drop(_desk: Desk, given: DropInput) -> str:
    """Say what would be forgotten."""
    return f"Take {shown(given.name)} out of {REPOSITORIES_FILE}; what it declares is no longer known."


_NONE = "No repository is registered. Register one: steward repositories add NAME PATH"
_UNDO_ADD = "steward repositories drop NAME"

COMMANDS = (
    CommandSpec(
        name="repositories.ls",
        right=Right.READ,
        input=ListInput,
        output=RepositoryCards,
        handler=listed,
        risk=Risk.READ,
        examples=(
            Example(line="repositories ls", does="List the folders that declare what runs"),
            Example(line="repositories ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="repositories.add",
        right=Right.GOVERN,
        input=AddInput,
        output=RepositoryCard,
        handler=add,
        preview=preview_add,
        undo=_UNDO_ADD,
        verify="`steward repositories ls` tells how many services it declares",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        live={"machine": "machine"},
        examples=(
            Example(line="repositories add homelab /srv/homelab", does="Register a repository of several machines"),
            Example(line="repositories add stacks /opt/stacks --machine nas", does="Register one of a single machine"),
        ),
    ),
    CommandSpec(
        name="repositories.drop",
        right=Right.GOVERN,
        input=DropInput,
        output=Dropped,
        handler=drop,
        preview=preview_drop,
        undo="steward repositories add NAME PATH",
        verify="`steward repositories ls` no longer shows it",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="repositories drop homelab", does="Stop reading a repository"),
            Example(line="repositories drop homelab --dry-run", does="Only say what would be forgotten"),
        ),
    ),
)
