"""A secret that a program is given and prints is nowhere in what Steward keeps, shows or sends."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.core.wishes import Wish
from steward.model.command import Command
from steward.model.plan import EnvironmentValue
from steward.model.run import RunState
from steward.model.secret import SecretRef
from steward.model.workflow import Workflow, WorkflowStep
from steward.surfaces.cli.run import run as terminal
from steward.surfaces.cli.session import CliPaths
from tests.flows.house import OWNER, SOMEBODY, House

TOKEN = "hunter2-Kx9!pQ/7 vW+z"
SCRIPT = """\
printf 'plain %s\\n' "$TOKEN"; printf %s "$TOKEN" | base64; printf 'x%s' "$TOKEN" | base64
printf %s "$TOKEN" | od -An -tx1 | tr -d ' \\n'; echo; printf '%s\\n' "$TOKEN" | rev; printf '%s\\n' "$TOKEN" >&2
printf %s "$TOKEN" | cut -c1-9 | tr -d '\\n'; sleep 0.3; printf '%s\\n' "$TOKEN" | cut -c10-; echo "the end"
"""
FORMS = {
    "plain": TOKEN.encode(),
    "base64": base64.b64encode(TOKEN.encode()).rstrip(b"=")[:-1],
    "base64 shifted": base64.b64encode(b"x" + TOKEN.encode())[2:-4],
    "hex": TOKEN.encode().hex().encode(),
    "reversed": TOKEN[::-1].encode(),
    "json": json.dumps(TOKEN)[1:-1].encode(),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, however small."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


async def run_with_secret(house: House) -> str:
    """Plan a script with a secret in its environment, approve it, and return its run."""
    step = WorkflowStep(
        id="step-1",
        command="shell.run",
        input={"machine": LOCAL_NAME, "script": SCRIPT, "reason": "print what must not be seen"},
    )
    workflow = Workflow(name="leak", title="Print a secret", goal="see that it is masked", steps=(step,))
    wish = Wish(workflow=workflow, actor=SOMEBODY)
    proposals = house.steward.proposals
    plain = (await proposals.draft(wish)).plan.steps[0]
    ref = SecretRef(name="token", version=house.steward.secrets.version("token"))
    action = replace(plain.action, environment=(EnvironmentValue(name="TOKEN", secret=ref),))
    wish = replace(wish, ready_steps=(replace(plain, action=action),))
    card = await proposals.submit(await proposals.draft(wish), wish)
    assert "TOKEN=secret://token" in card.shown
    assert card.approval is not None
    await house.do("approvals.approve", code=card.approval.code)
    receipt = await house.ended(str(card.run))
    assert receipt.run.state is RunState.UNVERIFIED
    assert "the end" in receipt.steps[0].output
    assert TOKEN not in receipt.steps[0].output
    return str(card.run)


def where_found(folder: Path) -> list[str]:
    found: list[str] = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a journal of the store goes when its transaction ends
            data = path.read_bytes() if path.is_file() else b""
            found += [f"{name} in {path.name}" for name, form in FORMS.items() if form in data]
    return found


async def test_a_secret_that_is_printed_is_kept_nowhere(house: House, log: io.StringIO) -> None:
    await house.close()
    house.environment["STEWARD_SECRET_TOKEN"] = TOKEN
    await house.open()
    said: list[dict[str, Any]] = []

    async def emit(line: dict[str, Any]) -> None:
        said.append(line)

    run = await run_with_secret(house)
    await house.steward.dispatch(OWNER, Command(name="runs.logs", input={"run": run}), emit=emit)
    await house.steward.dispatch(OWNER, Command(name="audit.export", input={}), emit=emit)
    shown = json.dumps([said, (await house.do("runs.show", run=run)).result])
    await house.daemon.look()

    printed = set(where_found(house.folder / "state"))
    assert {name.partition(" in ")[0] for name in printed} == set(FORMS), "the machine's own marker tells what it saw"
    assert "the end" in shown
    assert [name for name, form in FORMS.items() if form in shown.encode()] == []
    assert (house.settings.data / "snapshot.json").exists()
    assert where_found(house.settings.data) == []
    await house.close()
    assert where_found(house.settings.data) == []
    assert where_found(house.settings.workspace) == []
    assert [name for name, form in FORMS.items() if form in log.getvalue().encode()] == []


async def test_without_a_daemon_the_terminal_says_what_was_known(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    card = await house.ask("one")
    await house.daemon.look()
    settings = house.settings
    await house.close()
    paths = CliPaths(socket=settings.socket, snapshot=settings.snapshot, stop_flag=settings.stop_flag)

    def type_(*words: str) -> tuple[int, str, str]:
        now: Callable[[], datetime] = lambda: datetime.now().astimezone()  # noqa: E731
        code = terminal(list(words), paths=paths, local_commands={}, environment={}, now=now, mask=str)
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, err = type_("status", "--json")
    assert code == 10, "a Steward that does not run is itself worth a warning"
    assert "not running" in err
    assert "steward up" in err
    known = json.loads(out)
    assert known["stale_since"]
    assert [line["code"] for line in known["waiting"]] == [card["approval"]["code"]]

    code, out, err = type_("approvals", "ls", "--json")
    assert (code, len(json.loads(out)["approvals"])) == (0, 1)
    code, out, err = type_("approvals", "approve", card["approval"]["code"])
    assert code == 75
    assert "not running" in err
