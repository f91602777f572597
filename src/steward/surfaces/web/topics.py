"""What a page can ask to be told about: each topic is one command, asked to see whether its answer differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from steward.core.routes import Caller
from steward.model.command import Command
from steward.model.errors import StewardError
from steward.surfaces.web.site import Site

_MOVING = frozenset({"as_of"})
"""Fields that differ at every look and say nothing."""
_LONGEST = 200
_MOST_TOPICS = 8


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One thing to be told about."""

    command: str
    """Command whose answer is compared."""
    field: str = ""
    """Field of its input that holds what stands behind the `=`; empty for a topic without."""
    log: str = ""
    """Command that streams lines which belong to it."""
    every_seconds: float = 5.0
    """How often it is looked at although nothing is known to have happened."""
    is_prompt: bool = True
    """Whether it is looked at as soon as something happened; not what is dear to ask."""


TOPICS = {
    "now": Topic(command="overview"),
    "glance": Topic(command="glance"),
    "card": Topic(command="approvals.show", field="code"),
    "run": Topic(command="runs.show", field="run", log="runs.logs"),
    "machine": Topic(command="machines.show", field="machine"),
    "service": Topic(command="services.show", field="name"),
    "docs": Topic(command="docs.check", every_seconds=60.0, is_prompt=False),
}
"""Topics by the name a page lists: `now`, `card=K7QM`."""


def asked(given: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return the topics of a stream's address, by name and value; every page has its head, so `now` is one."""
    known = [(name, value) for name, value in given if name in TOPICS and len(value) <= _LONGEST]
    fitting = [each for each in known if bool(each[1]) is bool(TOPICS[each[0]].field)]
    return frozenset(fitting[:_MOST_TOPICS]) or frozenset({("now", "")})


@dataclass(frozen=True)
class Look:
    """What was seen of a topic. It never leaves this process."""

    digest: str
    """Tells two answers apart; a refusal is an answer too."""
    has_log: bool
    """Whether lines belong to it."""


async def look(site: Site, caller: Caller, name: str, value: str) -> Look:
    """Look at a topic on behalf of somebody."""
    topic = TOPICS[name]
    given: dict[str, Any] = {topic.field: value} if topic.field else {}
    lines: list[Any] = []

    async def emit(line: Any) -> None:
        lines.append(line)

    try:
        answer: Any = (await site.dispatch(caller.known, Command(name=topic.command, input=given))).result
        if topic.log:
            await site.dispatch(caller.known, Command(name=topic.log, input=given), emit=emit)
    except StewardError as error:
        answer = {"problem": type(error).__name__}  # its words may tell an age, which differs at every look
    plain = {key: item for key, item in answer.items() if key not in _MOVING}
    digest = hashlib.sha256(json.dumps([plain, lines], sort_keys=True).encode()).hexdigest()
    return Look(digest, has_log=bool(lines))
