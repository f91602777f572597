"""Doors of machines: what programs print, here and over SSH, and what is read of units, containers and disks.

The words of the real facts come from files that hold what real systems say, with secrets put between. So everything
behind them is real: the shell or the sshd that reads them, the parsers, the checks, the findings.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from steward.app.plugins import KnowHow, load_know_how
from steward.app.start import LOCAL_NAME
from steward.core.wishes import Wish
from steward.model.fact import Fact, Reading
from steward.model.plan import EnvironmentValue
from steward.model.run import RunState
from steward.model.secret import SecretRef
from steward.model.workflow import Workflow, WorkflowStep
from tests.flows.canaries.birds import PLAIN, dealt, printed
from tests.flows.canaries.sweep import Sweep
from tests.flows.house import SOMEBODY

FAR = "far"
OPEN = "opened"
"""A file: before it is there, nothing is read, for what was read makes every answer long."""
CASES = Path(__file__).parents[2] / "unit" / "knowhow" / "facts"
SYSTEMS = {
    "units": "debian_12_with_failures",
    "containers": "docker_20_10_with_trouble",
    "filesystems": "read_only_after_errors",
    "memory": "out_of_memory_kills",
    "journal": "debian_12",
    "packages": "debian_12",
}
UNTOLD = {
    "DB_PASSWORD=": "Untold7-canary-1x",
    "Authorization: Bearer ": "Untold8canary2xQ9wLr7TyB2",
    "smtp://me:": "Untold9-canary-3x",
}


def evidence(folder: Path, values: tuple[str, ...]) -> KnowHow:
    """Write down what systems say with these secrets in it; return facts that read that, and their checks."""
    real = load_know_how()
    facts = tuple(_read_from(folder, fact, values) for fact in real.facts if fact.name in SYSTEMS)
    checks = tuple(check for check in real.checks if set(check.needs) <= set(SYSTEMS))
    return KnowHow(facts=facts, checks=checks, operations=(), fixes=())


def _read_from(folder: Path, fact: Fact[Any], values: tuple[str, ...]) -> Fact[Any]:
    case = json.loads((CASES / fact.name / f"{SYSTEMS[fact.name]}.json").read_text())
    readings: list[Reading] = []
    for reading in fact.readings:
        output = case["readings"][reading.name]
        said = folder / f"{fact.name}.{reading.name}"
        said.write_text(_spliced(output["stdout"], values))
        Path(f"{said}.err").write_text(output["stderr"] + "\n".join(printed(values[:2])) + "\n")
        script = f'[ -e "$2" ] || exit 127; cat "$1"; cat "$1.err" >&2; exit {output["exit_code"]}'
        readings.append(replace(reading, argv=("/bin/sh", "-c", script, "sh", str(said), str(folder / OPEN))))
    return replace(fact, readings=tuple(readings))


def _spliced(text: str, values: tuple[str, ...]) -> str:
    """Put secrets where names, descriptions, images, errors and lines of logs stand."""
    plain, every = list(printed(values, PLAIN)), [form.replace("\n", " ") for form in dealt(values)]
    quoted = [json.dumps(form)[1:-1] for form in every]
    pairs = {
        "job.service": f"job-{plain[0]}.service",
        "Description=": f"Description={' '.join(every[:20])} ",
        '"name":"/importer': f'"name":"/importer-{plain[1].rstrip("=")}',
        '"image":"home/': f'"image":"home/{plain[2].rstrip("=")}/',
        '"Error":"': f'"Error":"{" ".join(quoted[20:])} ',
        '"health_check":null': f'"labels":{{"note":"{quoted[0]}"}},"health_check":null',
        "mailbox": f"mailbox {' '.join(every[20:])} ",
        "(java)": f"(java {' '.join(every[8:20])})",
        "/srv": f"/srv-{plain[3].rstrip('=')}",
        "errors=remount-ro": f"errors=remount-ro,note={plain[4].rstrip('=')}",
    }
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


async def look(sweep: Sweep, values: tuple[str, ...]) -> None:
    """Look at both machines."""
    del values
    (sweep.outside.parent / OPEN).touch()
    await sweep.house.daemon.look()
    found = (await sweep.do("why"))["explained"]
    assert {each["machine"] for each in found} >= {FAR, LOCAL_NAME}
    assert any("job-" in each["finding"]["title"] for each in found)
    for each in found:
        await sweep.do("why", target=each["finding"]["id"])
    for machine in (LOCAL_NAME, FAR):
        await sweep.do("machines.check", machine=machine)


async def programs(sweep: Sweep, values: tuple[str, ...]) -> None:
    """A program that prints every secret in every encoding, one that fails, and one that is given one."""
    printed_ = sweep.outside / "printed"
    untold = [f"{name}{value}" for name, value in UNTOLD.items()]
    untold[-1] += "@mail.lan"
    printed_.write_text("\n".join([*dealt(values), *untold, ""]))
    for machine, ending in ((LOCAL_NAME, "exit 0"), (FAR, f"tail -n 40 {printed_} >&2; exit 3")):
        script = f"cat {printed_}; {ending}"
        given = {"machine": machine, "script": script, "reason": "print what must not be seen"}
        await _carried_out(sweep, (await sweep.house.do("shell.run", SOMEBODY, **given)).result)
        await _carried_out(sweep, await _with_secret(sweep, machine))


async def _carried_out(sweep: Sweep, card: Any) -> None:
    await sweep.house.approve(card)
    receipt = await sweep.house.ended(str(card["run"]))
    assert receipt.run.state in {RunState.UNVERIFIED, RunState.FAILED, RunState.VERIFIED}, receipt.run
    assert "secret:" in receipt.steps[0].output
    for name in ("runs.logs", "runs.show"):
        await sweep.do(name, run=card["run"])
    given = {"accept": "text/event-stream"}
    reply = await sweep.api.send("POST", "/api/v1/runs/logs", {"run": card["run"]}, token=sweep.token, headers=given)
    assert b"secret:" in reply.body
    sweep.hear("SSE of a run", reply.body)


async def _with_secret(sweep: Sweep, machine: str) -> dict[str, Any]:
    """Plan a script that gets a secret, prints it cut in two, and is seen while it runs."""
    script = 'printf %s "$TOKEN" | cut -c1-9 | tr -d "\\n"; sleep 0.5; printf "%s\\n" "$TOKEN" | cut -c10-'
    steward = sweep.house.steward
    given = {"machine": machine, "script": script, "reason": "see that it is masked"}
    step = WorkflowStep(id="step-1", command="shell.run", input=given)
    wish = Wish(
        workflow=Workflow(name="leak", title="Print a secret", goal="see that it is masked", steps=(step,)),
        actor=SOMEBODY,
    )
    plain = (await steward.proposals.draft(wish)).plan.steps[0]
    ref = SecretRef(name="canary-0", version=steward.secrets.version("canary-0"))
    action = replace(plain.action, environment=(EnvironmentValue(name="TOKEN", secret=ref),))
    wish = replace(wish, ready_steps=(replace(plain, action=action),))
    card = await steward.proposals.submit(await steward.proposals.draft(wish), wish)
    assert card.approval is not None
    return {"run": card.run, "approval": {"code": card.approval.code}}
