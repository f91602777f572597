"""What one start of the program works with: paths, environment, clock, what sits at its ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TextIO, TypeAlias

from steward.lib.record import record
from steward.lib.wire import Terminal
from steward.surfaces.cli.failure import CliFailure, failure
from steward.surfaces.cli.manifest import Manifest, ManifestError, read
from steward.surfaces.cli.style import Style, styled

LocalCommand: TypeAlias = "Callable[[list[str]], int]"
"""A command that runs in this process: takes the words after its name, returns the exit code. The first line of its
docstring is its line in `steward --help`."""

_DEFAULT_WIDTH = 80


@record
class CliPaths:
    """Where the terminal finds the daemon and what it left behind."""

    socket: Path
    """The daemon's unix socket."""
    snapshot: Path
    """What the daemon knew last: `{"as_of": RFC 3339, "results": {command: result}}`."""
    stop_flag: Path
    """The file that stops everything while it exists."""
    manifest: Path = Path(__file__).with_name("manifest.json")
    """The generated list of commands."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One start of the program."""

    paths: CliPaths
    """Where things are."""
    environment: Mapping[str, str]
    """Environment variables, handed in by `app`."""
    now: Callable[[], datetime]
    """Wall clock, with a zone."""
    local_commands: Mapping[str, LocalCommand]
    """Commands of this process, by name."""
    mask: Callable[[str], str] = lambda _reason: ""
    """Masks what is written without the daemon; without it, nothing is."""

    @cached_property
    def manifest(self) -> Manifest:
        """Return the commands of the daemon, read when first needed."""
        try:
            return read(self.paths.manifest)
        except ManifestError as error:
            raise failure(
                "Bug", "the list of commands cannot be read", exit_code=1, why=str(error), next_step="reinstall Steward"
            ) from error

    @property
    def has_manifest(self) -> bool:
        """Tell whether the list of commands can be read."""
        try:
            return bool(self.manifest.commands)
        except CliFailure:
            return False

    @property
    def can_ask(self) -> bool:
        """Tell whether a person sits at both ends."""
        return is_terminal(sys.stdin) and is_terminal(sys.stdout)

    @property
    def terminal(self) -> Terminal:
        """Return what the daemon is told of this terminal."""
        return Terminal(interactive=self.can_ask, width=self.width)

    @property
    def width(self) -> int:
        """Return the columns of the terminal; COLUMNS wins, a pipe has 80."""
        told = self.environment.get("COLUMNS", "")
        if told.isdecimal() and int(told) > 0:
            return int(told)
        if not is_terminal(sys.stdout):
            return _DEFAULT_WIDTH
        return os.get_terminal_size(sys.stdout.fileno()).columns or _DEFAULT_WIDTH

    def style(self, *, color: bool = True) -> Style:
        """Return how stdout may look; `color=False` takes the colors away."""
        environment = self.environment if color else {"NO_COLOR": "1"}
        seen = is_terminal(sys.stdout)
        return styled(is_terminal=seen, width=self.width, environment=environment, now=self.now())


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal; a closed or missing one is not."""
    return stream is not None and not stream.closed and stream.isatty()
