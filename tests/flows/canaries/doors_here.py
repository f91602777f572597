"""Doors on this machine: the socket, what is typed, plan files, files edited by hand, and whatever breaks."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from steward.app.redact import masked
from steward.app.start import LOCAL_NAME
from steward.core.catalogue import CommandSpec
from steward.model.errors import Bug, StewardError, Unreachable
from steward.model.machine import Transport
from steward.model.run import ENDED, RunState
from steward.surfaces.cli.run import run as terminal
from steward.surfaces.cli.session import CliPaths
from tests.flows.canaries.birds import PLAIN, printed
from tests.flows.canaries.sweep import Sweep, words
from tests.flows.house import SOMEBODY

WORKFLOW = """\
# {comment}
kind: Workflow
name: w
title: {title}
goal: {goal}
steps:
  - id: one
    command: {command}
    on: this-machine
    with: {{name: {name}}}
"""


async def socket(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Bytes on the socket, whole requests and broken ones."""
    text = words(values)
    requests: list[Any] = [
        text.encode() + b"\n",
        b"\xff\xfe" + values[0].encode("utf-16") + b"\n",
        {"command": text, "input": {}},
        {"command": "machines.check", "input": {"machine": text}},
        {"command": "machines.check", "input": {text: text}},
        {"command": "file.make", "input": {"machine": LOCAL_NAME, "name": text}},
        {"command": "stop", "input": {"reason": text}},
        {"command": "resume", "input": {}, "proof": {"password": values[0]}},
        {"command": "pause", "input": {"minutes": 1, "reason": text}, "channel": text},
        {"command": "audit.export", "input": {}},
        {text: text},
    ]
    for request in requests:
        line = request
        if not isinstance(request, bytes):
            defaults = {"v": 1, "terminal": {"interactive": False, "width": 80}}
            line = json.dumps(defaults | request).encode() + b"\n"
        reader, writer = await asyncio.open_unix_connection(sweep.house.settings.socket)
        writer.write(line)
        await writer.drain()
        sweep.hear("socket", await asyncio.wait_for(reader.read(), 30))
        writer.close()
    assert (await sweep.do("status"))["brake"]["brake"] == "stop", "a reason that holds a secret still stops"


async def command_line(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Words behind commands."""
    settings = sweep.house.settings
    paths = CliPaths(socket=settings.socket, snapshot=settings.snapshot, stop_flag=settings.stop_flag)
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()  # noqa: E731
    card = await sweep.house.ask("typed", actor=SOMEBODY)
    file = sweep.outside / "typed.yaml"
    file.write_text(_workflow(title=values[0]))

    def type_(*typed: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            terminal(list(typed), paths=paths, local_commands={}, environment={}, now=now, mask=masked)
        return out.getvalue()

    for form in printed(values[:1]):
        sweep.hear("typed", await asyncio.to_thread(type_, "machines", "check", "--", form))
    for typed in (
        ("file", "make", LOCAL_NAME, words(values)),
        ("plan", str(file)),
        ("pause", "--minutes", "1", "--reason", words(values)),
        ("runs", "cancel", card["run"], "--reason", words(values)),
        ("runs", "show", card["run"], "--json"),
        ("runs", "logs", values[0]),
        ("status",),
        ("why", "--json"),
    ):
        sweep.hear(f"typed {typed[0]}", await asyncio.to_thread(type_, *typed))


def _workflow(**given: str) -> str:
    plain = {"comment": "x", "title": "t", "goal": "g", "command": "file.make", "name": "n"}
    return WORKFLOW.format(**plain | {name: json.dumps(text) for name, text in given.items()})


async def plan_files(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Workflow files, plan files, predicates of grants, names of machines."""
    text = words(values)
    texts = [_workflow(**{field: text}) for field in ("title", "goal", "command", "name")]
    texts += [text, f"{text}: [", _workflow() + f"more: {json.dumps(text)}\n"]
    card = await sweep.house.do("plan", SOMEBODY, what="file.yaml", text=_workflow(comment=text))
    sweep.hear("plan", sweep.house.steward.redactor.json(card.result))
    refused: list[tuple[str, dict[str, Any]]] = [("plan", {"what": "file.yaml", "text": each}) for each in texts]
    refused += [("apply", {"what": "plan.json", "text": each}) for each in (text, json.dumps({"title": text}))]
    refused += [
        ("grants.add", {"command": "file.make", "machine": [LOCAL_NAME], "where": [f"name={form}"]})
        for form in printed(values[:1], ("raw", *PLAIN))
    ]
    refused += [("machines.add", {"name": text, "address": text}), ("secrets.set", {"name": text, "value": values[0]})]
    refused += [("machines.add", {"name": "m", "address": form}) for form in printed(values[:1], PLAIN)]
    refused += [("policy.explain", {"command": text}), ("people.disable", {"person": text})]
    for name, given in refused:
        try:
            await sweep.do(name, **given)
        except StewardError as error:
            sweep.hear(name, sweep.house.steward.redactor.text(str(error)))
    for grant in (await sweep.do("grants.ls"))["grants"]:
        await sweep.do("grants.revoke", grant=grant["id"])


async def edited_files(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Files of the workspace that an owner got wrong; they are put right again, and not Steward's to keep."""
    text = json.dumps(words(values))
    for name in ("inventory.yaml", "policy.yaml", "hooks.yaml"):
        path = Path(sweep.house.settings.workspace) / name
        before = path.read_text() if path.exists() else ""
        for broken in (f"{before}\n? [{text}\n", f"machines: {text}\n", f"{before}\n{text}: 1\n"):
            path.write_text(broken)
            await _answers(sweep)
        with contextlib.suppress(StewardError):
            await sweep.house.daemon.look()
        path.write_text(before) if before else path.unlink()
    await sweep.house.daemon.look()


async def breaks(sweep: Sweep, values: tuple[str, ...]) -> None:
    """What a vendor's library says when it fails: answered, logged with its traceback, kept as the reason of a run."""
    text, steward = words(values), sweep.house.steward
    logging.getLogger("steward").error("it said %s", text, exc_info=ValueError(text))
    logging.getLogger("vendor").error("it said %s", text, exc_info=Unreachable("no answer", why=text))
    executor = steward.executors._by_transport[Transport.LOCAL]
    for error in (RuntimeError(text), Unreachable("it does not answer", where=values[0], why=text), Bug(text)):

        async def fail(*_given: Any, error: Exception = error, **_more: Any) -> Any:
            raise error

        with _replaced(executor, "read", fail):
            await sweep.house.daemon._attempt(sweep.house.daemon.look)
            await _answers(sweep)
        card = await sweep.house.ask(f"broken-{type(error).__name__}")
        with _replaced(executor, "run", fail):
            await sweep.house.approve(card)
            for _ in range(600):
                receipt = await sweep.house.receipt(card["run"])
                if receipt.run.state in {*ENDED, RunState.UNKNOWN}:
                    break
                sweep.house.clock.pass_time(timedelta(seconds=1))
                await asyncio.sleep(0.1)
        assert receipt.run.state in {*ENDED, RunState.UNKNOWN}, (receipt.run.state, type(error))
        for name in ("runs.show", "runs.logs"):
            await sweep.do(name, run=card["run"])
        if receipt.run.state is RunState.UNKNOWN:
            await sweep.do("runs.settle", run=card["run"], outcome="failed")
        await _broken_handler(sweep, fail)


async def _broken_handler(sweep: Sweep, fail: Callable[..., Any]) -> None:
    commands = sweep.house.steward.catalogue.commands
    spec = commands["machines.ls"]
    assert isinstance(spec, CommandSpec)
    commands["machines.ls"] = replace(spec, handler=fail)
    try:
        reply = await sweep.api.send("GET", "/api/v1/machines/ls", token=sweep.token)
        assert reply.status >= 500
        sweep.hear("API bug", reply.body)
        reader, writer = await asyncio.open_unix_connection(sweep.house.settings.socket)
        request = {"v": 1, "command": "machines.ls", "input": {}, "terminal": {"interactive": False, "width": 80}}
        writer.write(json.dumps(request).encode() + b"\n")
        sweep.hear("socket bug", await asyncio.wait_for(reader.read(), 30))
        writer.close()
    finally:
        commands["machines.ls"] = spec


@contextlib.contextmanager
def _replaced(where: Any, name: str, by: Any) -> Any:
    before = getattr(where, name)
    setattr(where, name, by)
    try:
        yield
    finally:
        setattr(where, name, before)


async def _answers(sweep: Sweep) -> None:
    for name in ("status", "machines.ls", "hooks.ls"):
        with contextlib.suppress(StewardError):
            await sweep.do(name)
