"""`steward policy explain --jsonl` and `steward policy explain -- 'LINE'`: judge command lines, with no daemon.

Works before `steward init`; the owner's tables are taken from `tools/*.yaml` of the workspace where it exists.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import click

from steward.app.paths import read_paths
from steward.core.gate import FOLDER, with_own
from steward.lib.text import visible_line
from steward.model.errors import InvalidFile
from steward.model.gate import Judgement, judge
from steward.model.tool import Tool

_USAGE = 2
_HELP = """\
Judge command lines of a shell: what each would do, and whether it may run.

Usage: steward policy explain [--json] -- 'COMMAND LINE'
       steward policy explain --jsonl < LINES

With --jsonl, each line of standard input is {"command": "..."}, and each line of
the answer {"command", "effect", "decision", "reason"}. A line that cannot be read
gives {"error", "line"}, the rest goes on, and the exit code is 2 at the end.

  steward policy explain -- 'docker ps | head'
  echo '{"command": "zfs destroy tank/x"}' | steward policy explain --jsonl
"""


def explain(words: list[str]) -> int:
    """Judge command lines, without running anything."""
    options, given = _split(words[1:])
    if options - {"--jsonl", "--json"} or ("--jsonl" in options) == bool(given):
        click.echo(_HELP, err=True, nl=False)
        return _USAGE
    try:
        tools = with_own(_own_tables(read_paths(os.environ, Path.home()).workspace / FOLDER))
    except InvalidFile as error:
        for problem in error.problems:
            click.echo(f"steward: {problem}", err=True)
        return error.exit_code
    if given:
        _show(judge(_line(given), tools), as_json="--json" in options)
        return 0
    return judge_lines(sys.stdin.buffer, tools)


def judge_lines(lines: Iterable[bytes], tools: Mapping[str, Tool]) -> int:
    """Answer every line of JSON with one; return 2 when one of them could not be read, else 0."""
    code = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            command = _command(line)
        except ValueError as error:
            code = _USAGE
            click.echo(json.dumps({"error": str(error), "line": number}))
            continue
        told = judge(command, tools)
        answer = {"command": command, "effect": told.effect, "decision": told.decision, "reason": told.reason}
        click.echo(json.dumps(answer))
    return code


def _command(line: bytes) -> str:
    """Return the command line in one line of JSON.

    Raises:
        ValueError: the line is no JSON object, or holds no text `command`.
    """
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"this is not JSON: {error}"
        raise ValueError(msg) from error
    if isinstance(data, dict):
        command: Any = cast("dict[str, Any]", data).get("command")
        if isinstance(command, str):
            return command
    msg = 'this is no object with a text `command`: write {"command": "docker ps"}'
    raise ValueError(msg)


def _split(words: list[str]) -> tuple[set[str], list[str]]:
    """Part the options from what stands after `--`."""
    end = words.index("--") if "--" in words else len(words)
    return set(words[:end]), words[end + 1 :]


def _line(given: list[str]) -> str:
    """Return one word as it is: it is a line; several are the words of one command."""
    return given[0] if len(given) == 1 else shlex.join(given)


def _own_tables(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {f"{FOLDER}/{path.name}": path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}


def _show(told: Judgement, *, as_json: bool) -> None:
    if as_json:
        fields = {"effect": told.effect, "decision": told.decision, "reason": told.reason, "rebuilt": told.rebuilt}
        click.echo(json.dumps(fields))
        return
    click.echo(f"{told.decision}: {told.effect.replace('_', ' ')}")
    click.echo(f"why: {visible_line(told.reason)}")
    if told.rebuilt:
        click.echo(f"runs as: {told.rebuilt}")
