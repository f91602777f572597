"""The one catalogue: everything Steward can do or tell, declared once; every way in is generated from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from steward.lib.canonical import canonical
from steward.lib.codec import CodecError, Json, decode, schema
from steward.lib.text import nearest
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.operation import AnyOperation
from steward.model.risk import Risk, Strength

if TYPE_CHECKING:
    from steward.core.desk import Desk

C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class CommandSpec(Generic[C]):
    """A command about Steward itself: it looks, proposes, decides or keeps the books.

    Machines are changed only by operations, through a plan.
    """

    name: str
    """Name, `noun.verb` or one word."""
    right: Right
    """What whoever asks must hold, whatever way they come in; policy refuses without."""
    input: type[C]
    """Record whose docstring is the help text and whose field docstrings are the parameters' help."""
    output: type[Any]
    """Record of the answer."""
    handler: Callable[[Desk, C], Awaitable[object]]
    """Does it. Called only by dispatch, after policy."""
    risk: Risk
    """`read` when it changes nothing but proposals."""
    examples: tuple[Example, Example]
    """Two real uses."""
    proof: Strength = Strength.NONE
    """Least proof a person must have given; `none` only for what looks, proposes or brakes."""
    preview: Callable[[Desk, C], Awaitable[str]] | None = None
    """What it would change, in words; None for what only looks."""
    undo: str = ""
    """Command line that puts it back, or why nothing needs to be."""
    verify: str = ""
    """How its success shows."""
    streams: bool = False
    """Whether it gives events before its answer."""
    secret_fields: frozenset[str] = frozenset()
    """Fields that carry a secret: never on a command line, never in the audit."""
    remarks: frozenset[str] = frozenset()
    """Fields of free text that is kept as it is said: masked before the handler sees them."""
    shown_once: str = ""
    """Field of the answer that carries a secret made just now: the one thing that is not masked on its way out."""
    by_place: tuple[str, ...] = ()
    """Fields that need not be given and are still typed by their place, after those that must: `discover SOURCE`."""
    live: Mapping[str, str] = field(default_factory=dict[str, str])
    """Fields whose values are live names: field -> machine, approval, run, finding, service."""


AnySpec = CommandSpec[Any]


class Catalogue:
    """Commands and operations by name."""

    def __init__(self, *, commands: Iterable[AnySpec], operations: Iterable[AnyOperation]) -> None:
        self.commands = {spec.name: spec for spec in commands}
        self.operations = {operation.name: operation for operation in operations}

    def names(self) -> tuple[str, ...]:
        """Return every name, sorted."""
        return tuple(sorted([*self.commands, *self.operations]))

    def find(self, name: str) -> AnySpec | AnyOperation:
        """Return the entry of this name.

        Raises:
            NotFound: with the nearest name.
        """
        entry = self.commands.get(name) or self.operations.get(name)
        if entry is None:
            near = nearest(name, self.names())
            hint = f"did you mean `{near}`?" if near else "see `steward --help`"
            raise NotFound(f"there is no command `{name}`", next_step=hint)
        return entry

    def parse(self, name: str, data: Mapping[str, object]) -> object:
        """Turn JSON into the command's input.

        Raises:
            InvalidInput: naming every field that does not fit.
        """
        return parse_input(name, self.find(name).input, data)


def parse_input(name: str, kind: type[C], data: Mapping[str, object]) -> C:
    """Turn JSON into a command's input, or say what does not fit; what a fingerprint cannot bind does not fit."""
    try:
        canonical(cast("dict[str, Json]", dict(data)))
        return decode(kind, dict(data))
    except CodecError as error:
        raise InvalidInput(f"the input of `{name}` does not fit", why=str(error)) from error
    except ValueError as error:
        raise InvalidInput(f"the input of `{name}` cannot be written exactly", why=str(error)) from error


def right_of(entry: AnySpec | AnyOperation) -> Right:
    """Return what whoever asks for this must hold; an operation is proposed."""
    return entry.right if isinstance(entry, CommandSpec) else Right.PROPOSE


def manifest(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Describe every entry for ways in that are generated elsewhere, such as the terminal."""
    return [_entry(catalogue.find(name)) for name in catalogue.names()]


def _entry(entry: AnySpec | AnyOperation) -> dict[str, Any]:
    shape = schema(entry.input)
    summary, _, description = (shape.get("description") or "").partition("\n")
    live = entry.live if isinstance(entry, CommandSpec) else {"machine": "machine"}
    is_command = isinstance(entry, CommandSpec)
    effect = "operation" if not is_command else "query" if entry.risk is Risk.READ else "control"
    secret = entry.secret_fields if isinstance(entry, CommandSpec) else frozenset[str]()
    by_place = entry.by_place if isinstance(entry, CommandSpec) else ()
    return {
        "name": entry.name,
        "summary": summary.strip(),
        "description": description.strip(),
        "risk": entry.risk.value,
        "right": right_of(entry).value,
        "effect": effect,
        "proof": entry.proof.value if is_command else Strength.NONE.value,
        "streams": is_command and entry.streams,
        "undo": entry.undo if is_command else "part of the plan",
        "output": entry.output.__name__ if is_command else "PlanCard",
        "examples": [{"line": example.line, "does": example.does} for example in entry.examples],
        "fields": [
            {
                **_field(name, prop, shape, live),
                "secret": name in secret,
                **({"positional": True} if name in by_place else {}),
            }
            for name, prop in shape.get("properties", {}).items()
        ],
    }


def _field(name: str, prop: dict[str, Any], shape: dict[str, Any], live: Mapping[str, str]) -> dict[str, Any]:
    is_required = name in shape.get("required", [])
    kind, choices = _kind(prop, shape)
    return {
        "name": name,
        "kind": kind,
        "choices": choices,
        "required": is_required,
        "positional": is_required,
        "default": prop.get("default"),
        "description": prop.get("description", ""),
        "live": live.get(name, ""),
    }


def _kind(prop: dict[str, Any], shape: dict[str, Any]) -> tuple[str, list[str]]:
    options = [option for option in prop.get("anyOf", [prop]) if option.get("type") != "null"]
    chosen = options[0]
    if "$ref" in chosen:
        chosen = shape["$defs"][chosen["$ref"].rsplit("/", 1)[-1]]
    if "enum" in chosen:
        return "choice", list(chosen["enum"])
    kinds = {"string": "text", "integer": "integer", "boolean": "boolean", "array": "list"}
    return kinds.get(chosen.get("type", ""), "json"), []
