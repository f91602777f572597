"""The commands that run in the terminal's own process: init, up, worker."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from steward.app.daemon import Daemon
from steward.app.faults import from_environment
from steward.app.findings import as_json, as_text
from steward.app.lease import lease
from steward.app.logs import log_to_stderr, mask_logs
from steward.app.plugins import load_know_how
from steward.app.settings import Settings, read_settings
from steward.app.start import keep_worker_name, prepare
from steward.app.wiring import Steward, Surroundings, build
from steward.core.workers import BOTH, CONTROL_PLANE, WORKER
from steward.lib.redact import Redactor
from steward.model.command import Command
from steward.model.errors import InvalidInput, StewardError
from steward.model.principal import STEWARD

_HELP = {"help_option_names": ["-h", "--help"]}


def init(words: list[str]) -> int:
    """Create the workspace, the store and the owner's password."""
    return _run(_init, words)


def up(words: list[str]) -> int:
    """Look after your machines: look around, answer, carry out what you approve."""
    return _run(_up, words)


def worker(words: list[str]) -> int:
    """Carry out approved runs in a process of its own."""
    return _run(_worker, words)


def _run(command: click.Command, words: list[str]) -> int:
    try:
        return int(command.main(words, prog_name=f"steward {command.name}", standalone_mode=False) or 0)
    except StewardError as error:
        click.echo(f"steward: {error}", err=True)
        return error.exit_code
    except click.UsageError as error:
        click.echo(f"steward: {error.format_message().rstrip('.')}. Next: `steward {command.name} --help`", err=True)
        return 2


@click.command("init", context_settings=_HELP)
@click.option("--password-file", help="Read the owner's password from this file (`-`: standard input).")
@click.option("--no-input", is_flag=True, help="Ask nothing; the password is set later with `steward owner password`.")
def _init(password_file: str | None, no_input: bool) -> int:  # noqa: FBT001 - click gives flags by position
    """Create the workspace, the store and the owner's password.

    \b
    Examples:
      steward init                                   Create everything, asking for the owner's password
      steward init --password-file /run/secret       The same without a question
    """
    settings = _settings()
    with lease(settings.data, name="control-plane"):
        for line in prepare(settings):
            click.echo(f"made  {line}")
        password = _first_password(password_file, asks=not no_input and sys.stdin.isatty())
        if password:
            asyncio.run(_set_first(settings, password))
            click.echo("made  the owner's password")
    click.echo("\nNext: steward up")
    return 0


def _first_password(file: str | None, *, asks: bool) -> str:
    if file == "-":
        return sys.stdin.readline().rstrip("\n")
    if file is not None:
        return _read(Path(file)).rstrip("\n")
    if not asks:
        return ""
    click.echo("Approving a plan asks for a password that only you know.")
    first = getpass.getpass("Owner password (8 characters or more; empty sets it later): ")
    if first and getpass.getpass("Once more: ") != first:
        raise InvalidInput("the two passwords differ", next_step="run `steward init` again")
    return first


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise InvalidInput(f"cannot read {path}", why=str(error)) from error


async def _set_first(settings: Settings, password: str) -> None:
    steward = _build(settings)
    try:
        if await steward.owner.is_set():
            raise InvalidInput("there is an owner password already", next_step="`steward owner password` changes it")
        await steward.owner.set(password)
    finally:
        steward.storage.close()


@click.command("up", context_settings=_HELP)
@click.option("--once", is_flag=True, help="Look once, say what was found, and end.")
@click.option("--json", "wants_json", is_flag=True, help="With --once: print the findings as one JSON object.")
@click.option("--no-work", is_flag=True, help="Leave carrying out runs to `steward worker` processes.")
def _up(once: bool, wants_json: bool, no_work: bool) -> int:  # noqa: FBT001 - click gives flags by position
    """Look after your machines, in the foreground, until Ctrl-C.

    With --once it looks once and leaves with 0 (nothing wrong), 10 (warnings) or 11 (something is down).

    \b
    Examples:
      steward up                   Start; answer from another terminal with `steward why`
      steward up --once --json     Look once, for a script
    """
    settings = _settings()
    log_to_stderr(Redactor())
    with lease(settings.data, name="control-plane"):
        made = prepare(settings)
        if not wants_json:
            for line in made:
                click.echo(f"made  {line}")
        if once:
            return asyncio.run(_look_once(settings, wants_json=wants_json))
        with lease(settings.data, name=f"worker-{settings.worker}"):
            return asyncio.run(_serve(settings, works=not no_work))


@click.command("worker", context_settings=_HELP)
def _worker() -> int:
    """Carry out approved runs in a process of its own, until Ctrl-C.

    Give it a name that is its own and stays the same: it resumes what it had begun. Ctrl-C or SIGTERM: it takes nothing
    new, waits up to 30 seconds for the steps that run and hands the rest over; a second one does not wait.

    \b
    Examples:
      STEWARD_WORKER=shed-2 steward worker                                    Beside `steward up --no-work`
      STEWARD_DATABASE=postgresql://steward@db/steward steward worker         On another machine
    """
    settings = _settings()
    log_to_stderr(Redactor())
    with lease(settings.data, name=f"worker-{settings.worker}"):
        steward = _build(settings, role=WORKER)
        asyncio.run(Daemon(steward, answers=False).run(started=_say(f"Worker {settings.worker} is ready.")))
    return 0


async def _look_once(settings: Settings, *, wants_json: bool) -> int:
    steward = _build(settings)
    try:
        await Daemon(steward).begin_record()
        await asyncio.to_thread(steward.secrets.mask_all)
        await steward.scanner.all()
        answer = await steward.dispatch(STEWARD, Command(name="why", input={}))
    finally:
        await steward.executors.close()
        steward.storage.close()
    result = cast("dict[str, Any]", steward.redactor.json(answer.result))
    click.echo(json.dumps(as_json(result)) if wants_json else as_text(result).rstrip())
    return answer.exit_code


async def _serve(settings: Settings, *, works: bool) -> int:
    steward = _build(settings, role=BOTH if works else CONTROL_PLANE)
    daemon = Daemon(steward)

    async def started() -> None:
        click.echo("Looking at your machines ...")
        await daemon.first_look()
        why = await steward.dispatch(STEWARD, Command(name="why", input={}))
        click.echo("\n" + as_text(cast("dict[str, Any]", steward.redactor.json(why.result))))
        if not await steward.owner.is_set():
            code = await steward.owner.new_setup_code()
            steward.redactor.add("setup-code", code)
            click.echo(_how_to_own(settings, code))
        click.echo("Steward is running. In another terminal:  steward why\nCtrl-C ends it.")
        click.echo(_where_it_is(sys.argv[0]), nl=False)

    with steward.storage.database.held("control plane"):
        await daemon.run(started=started)
    return 0


def _how_to_own(settings: Settings, code: str) -> str:
    """Return how to set the password that approving asks for: on a page, where there are pages, and in a terminal."""
    page = f"  on a page:      {settings.http.url}/setup\n" if settings.http.is_on else ""
    return f"Become its owner with the code {code}\n{page}  in a terminal:  steward owner password --code {code}\n"


def _where_it_is(program: str) -> str:
    """Return a line for shells that do not find `steward`: nothing is installed outside its own folder."""
    if shutil.which("steward"):
        return ""
    return f"Your shell does not find it there:  alias steward={Path(program).absolute()}\n"


def _say(text: str) -> Callable[[], Any]:
    async def say() -> None:
        click.echo(text)

    return say


def _settings() -> Settings:
    return keep_worker_name(read_settings(os.environ, Path.home()))


def _build(settings: Settings, *, role: str = BOTH) -> Steward:
    reached = from_environment(os.environ)
    surroundings = Surroundings(environment=os.environ, reached=reached, role=role)
    steward = build(settings, load_know_how(), surroundings)
    mask_logs(steward.redactor)
    return steward
