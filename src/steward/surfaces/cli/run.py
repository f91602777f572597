"""Start the terminal: the only door into this package, called by `app.main`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import click

from steward.lib.wire import Problem
from steward.surfaces.cli.commands import Words
from steward.surfaces.cli.complete import candidates, script
from steward.surfaces.cli.failure import BROKEN_PIPE, INTERRUPTED, USAGE, CliFailure, NotRunning, show, usage
from steward.surfaces.cli.help import PROGRAM, root_help
from steward.surfaces.cli.invoke import BARE_STOP, STOP, Options, carry_out
from steward.surfaces.cli.offline import not_running
from steward.surfaces.cli.session import CliPaths, LocalCommand, Session

COMPLETE = "__complete"
COMPLETION = "completion"


def run(
    argv: Sequence[str],
    *,
    paths: CliPaths,
    local_commands: Mapping[str, LocalCommand],
    environment: Mapping[str, str],
    now: Callable[[], datetime],
    mask: Callable[[str], str],
) -> int:
    """Carry out what a person typed (without the program's name) and return the exit code.

    `local_commands` run in this process and come first; they get the words after their name, `--help` included,
    and raise only what they cannot handle themselves. `now` gives the time in the zone times are shown in,
    `mask` masks what is written while there is no daemon to do it.
    """
    _escape_what_cannot_be_written()
    session = Session(paths=paths, local_commands=local_commands, environment=environment, now=now, mask=mask)
    words = list(argv)
    as_json = "--json" in words
    try:
        code = _start(session, words)
        sys.stdout.flush()
    except CliFailure as failed:
        return show(failed.problem, as_json=as_json)
    except click.UsageError as misused:
        return show(_usage(misused), as_json=as_json)
    except NotRunning:
        return show(not_running(session).problem, as_json=as_json)
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def _start(session: Session, words: list[str]) -> int:
    first = words[0] if words else "--help"
    if first == "--version" and "version" in session.local_commands:
        first = "version"
    if first in session.local_commands:
        return session.local_commands[first](words[1:])
    if first in {"-h", "--help", "help"}:
        print(root_help(session.manifest, session.local_commands))
        return 0
    if first == COMPLETE:
        print("\n".join(candidates(session, words[1:])))
        return 0
    if first == COMPLETION:
        print(script(_one_shell(words[1:])), end="")
        return 0
    if first == STOP and not session.has_manifest:
        return carry_out(session, BARE_STOP, Options(as_json="--json" in words), {})
    return _daemon_command(session, words)


def _daemon_command(session: Session, words: list[str]) -> int:
    root = Words(session)
    try:
        with root.make_context(PROGRAM, words) as context:
            return int(root.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _one_shell(words: list[str]) -> str:
    shells = [word for word in words if not word.startswith("-")]
    if len(shells) != 1 or len(words) != 1:
        raise usage("name one shell", next_step=f"{PROGRAM} completion bash|zsh|fish")
    return shells[0]


def _usage(misused: click.UsageError) -> Problem:
    path = misused.ctx.command_path if misused.ctx else PROGRAM
    what = misused.format_message().rstrip(".")
    return Problem(kind="InvalidInput", what=what, exit_code=USAGE, next_step=f"{path} --help")


def _escape_what_cannot_be_written() -> None:
    """Write characters this terminal's encoding lacks as escapes instead of failing in the middle of an answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
