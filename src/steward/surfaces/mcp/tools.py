"""The catalogue as tools: what an agent may be offered, how it is described, and why the rest is not.

    looks    -> a tool that reads
    proposes -> a tool that puts a plan before a person and changes nothing by itself
    brakes   -> a tool that slows Steward down; only a person lifts a brake

What decides or governs, asks for proof, takes a secret or streams is no tool, whatever rights its caller has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from mcp_types import Tool, ToolAnnotations

from steward.core.catalogue import AnySpec, Catalogue, CommandSpec, right_of
from steward.core.wishes import PlanCard
from steward.lib.codec import schema
from steward.model.access import TOKEN_RIGHTS, Right
from steward.model.errors import NotAllowed
from steward.model.operation import AnyOperation
from steward.model.risk import Strength
from steward.surfaces.mcp.proposal import Proposal

_PROPOSES = (
    "This only proposes: it changes nothing on a machine. The plan waits until a person decides about it in their "
    "terminal or on the web page, or runs at once where the owner has granted exactly this. Then ask `runs_wait`."
)
_BRAKES = "Any agent may do this. Only a person can lift it."
_OPEN_WORLD = frozenset({"shell.run", "shell.read"})
"""Commands that run words of the agent, which may reach anything. All others end at machines in the inventory."""
_INTERRUPTS = frozenset({"stop"})
"""Brakes that end what is running, perhaps half-way."""
_WHERE = "a person does it in the terminal or on the web page of this Steward"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One tool and the command behind it."""

    command: str
    """Name in the catalogue."""
    right: Right
    """What its caller must hold."""
    is_proposal: bool
    """Whether its answer is a plan that waits."""
    tool: Tool
    """What the agent is told."""


def offers(catalogue: Catalogue) -> dict[str, Offer]:
    """Return every tool of the catalogue by its name, sorted."""
    made = (_offer(catalogue.find(name)) for name in catalogue.names() if _why_not(catalogue.find(name)) is None)
    return {offer.tool.name: offer for offer in made}


def tool_name(command: str) -> str:
    """Return the name of a command as a tool: `unit.restart` is `unit_restart`."""
    return command.replace(".", "_")


def refusal(catalogue: Catalogue, tool: str) -> NotAllowed | None:
    """Say why there is no such tool although there is such a command; None where there is no such command."""
    command = next((name for name in catalogue.names() if tool_name(name) == tool), None)
    why = _why_not(catalogue.find(command)) if command else None
    if command is None or why is None:
        return None
    return NotAllowed(f"`{command}` is not for agents", why=why, next_step=f"tell your person; {_WHERE}")


def _why_not(entry: AnySpec | AnyOperation) -> str | None:
    """Say why an entry is no tool, or None where it is one."""
    if right_of(entry) not in TOKEN_RIGHTS:
        return "deciding and governing is for people, and no agent can do it for them"
    if not isinstance(entry, CommandSpec):
        return None
    if entry.proof is not Strength.NONE:
        return "it needs the proof of a person"
    if entry.secret_fields or entry.shown_once:
        return "it takes or shows a secret, and secrets are not for agents"
    return "it streams; ask `runs_wait` or `runs_show` instead" if entry.streams else None


def _offer(entry: AnySpec | AnyOperation) -> Offer:
    right = right_of(entry)
    output = entry.output if isinstance(entry, CommandSpec) else PlanCard
    is_card = output is PlanCard
    given = schema(entry.input)
    lines = [str(given.pop("description", "")), {Right.PROPOSE: _PROPOSES, Right.BRAKE: _BRAKES}.get(right, "")]
    tool = Tool(
        name=tool_name(entry.name),
        title=entry.name.replace(".", " ").replace("_", " ").capitalize(),
        description="\n\n".join(line for line in lines if line),
        input_schema=_without(given, {"title"}),
        output_schema=_without(schema(Proposal if is_card else output), {"title", "description"}),
        annotations=_annotations(entry, right),
    )
    return Offer(command=entry.name, right=right, is_proposal=is_card, tool=tool)


def _annotations(entry: AnySpec | AnyOperation, right: Right) -> ToolAnnotations:
    """Describe what may come of a call, so that a client can decide what to ask its user about.

    A call of what proposes changes at most what the owner has granted, and grants cover nothing beyond reversible: so
    it is not destructive, however risky the plan is that then waits for a person. The same wish gives the same plan
    only while that waits, so a proposal is not idempotent. A brake is: what is on stays on.
    """
    return ToolAnnotations(
        read_only_hint=right in {Right.GLANCE, Right.READ},
        destructive_hint=entry.name in _INTERRUPTS,
        idempotent_hint=right is not Right.PROPOSE,
        open_world_hint=entry.name in _OPEN_WORLD,
    )


def _without(value: Any, keywords: set[str]) -> Any:
    """Leave out keywords of a JSON Schema that only repeat names or would cost every agent their reading."""
    if isinstance(value, list):
        return [_without(item, keywords) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for key, item in cast("dict[str, Any]", value).items():
        if key in {"properties", "$defs"}:  # below these, keys are names and not keywords
            kept[key] = {name: _without(each, keywords) for name, each in item.items()}
        elif key not in keywords:
            kept[key] = _without(item, keywords)
    return kept
