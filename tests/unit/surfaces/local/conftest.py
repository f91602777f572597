"""A local server on a real socket, with a real core behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.wire import MAX_LINE_BYTES
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk, Strength
from steward.surfaces.local.server import LocalServer
from steward.testing.stage import Core, World
from tests.unit.core.conftest import world, worlds  # noqa: F401 - fixtures

SECRET = "correct horse"


@record
class Given:
    """Do something."""

    text: str = ""
    """Some text."""


@record
class Done:
    """Who did it."""

    by: str
    """Who."""
    strength: str
    """How well known."""
    text: str = ""
    """What was given."""


async def act(desk: Desk, given: Given) -> Done:
    if given.text == "break":
        raise ZeroDivisionError
    if given.text == "huge":
        return Done(by="", strength="", text="x" * MAX_LINE_BYTES)
    if given.text.startswith("emit"):
        for number in range(3):
            await desk.emit({"number": number, "text": given.text})
    return Done(by=desk.actor.id, strength=desk.actor.strength.value, text=given.text)


def spec(name: str, right: Right, risk: Risk, proof: Strength) -> CommandSpec[Given]:
    examples = (Example(line=name, does="x"), Example(line=f"{name} --json", does="y"))
    return CommandSpec(
        name=name, right=right, input=Given, output=Done, handler=act, risk=risk, proof=proof, examples=examples
    )


COMMANDS = (
    spec("look", Right.READ, Risk.READ, Strength.NONE),
    spec("decide", Right.DECIDE, Risk.RISKY, Strength.STEP_UP),
)


@dataclass(kw_only=True)
class Daemon:
    """What answers."""

    path: Path
    core: Core
    world: World
    more: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
async def daemon(world: World, tmp_path: Path) -> AsyncIterator[Daemon]:  # noqa: F811 - the fixture
    core = world.start(commands=COMMANDS)
    core.owner._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
    await core.owner.set(SECRET)
    path = tmp_path / "run" / "s"
    server = LocalServer(path=path, dispatch=core.dispatch, owner=core.owner, redact=core.redactor.json)
    await server.start()
    yield Daemon(path=path, core=core, world=world)
    await server.close()
    core.close()
