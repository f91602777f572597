"""Operations: how a typed command becomes exact words on a machine, with preview, undo and proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.plan import EnvironmentValue
from steward.model.probe import Probe
from steward.model.resource import Resource
from steward.model.risk import Risk

C = TypeVar("C")


@record
class Action:
    """One program started on a machine."""

    argv: tuple[str, ...]
    """Exact words, absolute program path first; nothing is expanded."""
    needs_root: bool = True
    """Started through `sudo -n` when Steward's user is not root."""
    stdin: str = ""
    """Text on its standard input; the plan binds it by its SHA-256."""
    timeout_seconds: int = 60
    """Deadline, kept on the machine and by the control plane."""
    output_limit: int = 65_536
    """Most bytes of output kept."""
    environment: tuple[EnvironmentValue, ...] = ()
    """Variables besides a fixed minimal set; secrets by reference. For what does not need root: sudo drops them."""


@record
class Undo:
    """How to put things back: actions, or the reason why nobody can."""

    says: str
    """What undoing does, or what is lost, in one line."""
    actions: tuple[Action, ...] = ()
    """Run in order. Empty and reversible means: nothing was left behind that needs putting back."""
    is_possible: bool = True
    """False when the effect cannot be put back."""
    verify: tuple[Probe, ...] = ()
    """Proof that things are back."""


@record
class Blueprint:
    """What one command would do to one machine, worked out from its facts."""

    resource: Resource
    """What is changed."""
    action: Action
    """The program that changes it."""
    says: str
    """The effect in one line, verb first: `Restart nginx.service`."""
    effects: tuple[str, ...]
    """What will be different afterwards, a line each, with resolved names and numbers."""
    preconditions: tuple[Probe, ...]
    """What must still be so immediately before the action; else the plan is stale."""
    verify: tuple[Probe, ...]
    """Proof of success."""
    undo: Undo
    """How to put things back."""
    risk: Risk
    """Class of this very use; never below the operation's own."""
    downtime_seconds: int = 0
    """Longest expected interruption of what people use."""
    bytes_touched: int = 0
    """Bytes of data removed or rewritten."""


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[C]):
    """A plug-in: one typed command that changes something on a machine.

    The input type is a record with a field `machine: str` (name or id); its docstring is the help text.
    """

    name: str
    """Name in the catalogue, `noun.verb`."""
    input: type[C]
    """Type of the input."""
    risk: Risk
    """Least risk class of any use."""
    needs: tuple[str, ...]
    """Facts that `build` reads."""
    build: Callable[[C, Snapshot], Blueprint]
    """Pure. Raises InvalidInput when the target is not there or the command makes no sense for it."""
    sudoers: tuple[str, ...]
    """Command parts of the sudoers lines it needs, as exact as sudo can say it (regular expressions allowed)."""
    examples: tuple[Example, Example]
    """Two real uses."""
    rights: Callable[[Snapshot], tuple[str, ...]] | None = None
    """Further command parts of sudoers lines, where they depend on the machine. Pure."""
    is_grantable: bool = True
    """Whether a standing grant may ever cover it; False for a shell, whose effect nobody can know before."""
    changes_declared: bool = False
    """Whether it changes what a file in git may declare, so that a plan looks who owns it."""


AnyOperation = Operation[Any]
