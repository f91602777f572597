"""What an agent may read by address: findings, machines, runs and changes, each the answer of one command."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from steward.model.errors import StewardError
from steward.surfaces.mcp.answers import NOTICE, UNTRUSTED

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Carries out one reading command for whoever reads."""

_JSON = "application/json"
_SCHEME = "steward://"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One kind of address: a whole collection, or one of it by id."""

    says: str
    """What is there."""
    command: str
    """Command that answers."""
    field: str = ""
    """Input that takes the id; empty for a collection."""
    part: str = ""
    """Field of the answer that is shown; empty for all of it."""


_COLLECTIONS: Mapping[str, _Kind] = {
    "findings": _Kind(says="Everything that is wrong now, worst first", command="status", part="findings"),
    "machines": _Kind(says="Every machine in Steward's care", command="machines.ls", part="machines"),
    "runs": _Kind(says="What was done or waits, newest first", command="runs.ls", part="runs"),
    "changes": _Kind(says="Why things were changed, newest first", command="changes.ls", part="changes"),
}
_MEMBERS: Mapping[str, _Kind] = {
    "findings": _Kind(
        says="One finding: evidence, what happens if nothing is done, and the plan that would cure it",
        command="why",
        field="target",
    ),
    "runs": _Kind(says="The receipt of one run: asked, allowed, done, proven", command="runs.show", field="run"),
    "changes": _Kind(says="Why one thing was changed and what came of it", command="changes.show", field="change"),
}


async def listed(ask: Ask) -> list[Resource]:
    """Return every collection, then every open finding by its title."""
    collections = [
        Resource(uri=_SCHEME + name, name=name, description=kind.says, mime_type=_JSON)
        for name, kind in _COLLECTIONS.items()
    ]
    found = (await ask("status", {}))["findings"]
    return collections + [
        Resource(uri=f"{_SCHEME}findings/{each['id']}", name=each["id"], title=each["title"], mime_type=_JSON)
        for each in found
    ]


def templates() -> list[ResourceTemplate]:
    """Return the addresses that take an id."""
    return [
        ResourceTemplate(uri_template=f"{_SCHEME}{name}/{{id}}", name=name, description=kind.says, mime_type=_JSON)
        for name, kind in _MEMBERS.items()
    ]


async def read(ask: Ask, uri: str, mask: Callable[[Any], Any]) -> ReadResourceResult:
    """Read one address.

    Raises:
        MCPError: there is no such address, or the command behind it says no.
    """
    noun, _, name = uri.removeprefix(_SCHEME).partition("/")
    kind = (_MEMBERS if name else _COLLECTIONS).get(noun) if uri.startswith(_SCHEME) else None
    if kind is None:
        raise MCPError(INVALID_PARAMS, mask(f"there is no resource {uri}"), {"uri": mask(uri)})
    try:
        answer = await ask(kind.command, {kind.field: name} if kind.field else {})
    except StewardError as error:
        raise MCPError(INVALID_PARAMS, mask(str(error)), {"uri": mask(uri)}) from error
    shown = answer[kind.part] if kind.part else answer
    text = json.dumps({"notice": NOTICE, noun: shown}, ensure_ascii=False)
    return ReadResourceResult(
        contents=[TextResourceContents(uri=uri, mime_type=_JSON, text=text, _meta={UNTRUSTED: True})]
    )
