"""The main job, on real machines: found, explained, approved, done, proven from outside, put back where that fails."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from steward.model.approval import ApprovalState, fingerprint
from steward.model.command import Outcome
from steward.model.receipt import Receipt
from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator

Break = Callable[[str, str], None]
PHOTOS, RELAY = "photo-index.service", "mail-relay.service"


@pytest.fixture(scope="module")
def steward(operator: Operator) -> Operator:
    """A Steward that may act on m1 and d1 when asked."""
    operator.add("m1")
    operator.add("d1")
    return operator


@pytest.fixture
def script_of(tmp_path: Path) -> Callable[[str], str]:
    """Write a workflow file."""

    def write(text: str) -> str:
        path = tmp_path / "story.yaml"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def scratch(lab: Lab) -> Iterator[str]:
    """A folder on m1 that Steward's user may write."""
    lab.run("m1", ["install", "-d", "-o", "steward", "/tmp/story"], check=True)
    yield "/tmp/story"
    lab.run("m1", ["rm", "-rf", "/tmp/story"], check=True)


def shown(lab: Lab, machine: str, *argv: str) -> str:
    """Look from outside, not through Steward."""
    return lab.run(machine, list(argv)).stdout.strip()


def state_of(lab: Lab, unit: str) -> str:
    return shown(lab, "m1", "systemctl", "is-active", unit)


def container(lab: Lab, name: str, path: str) -> str:
    return shown(lab, "d1", "docker", "inspect", "--format", f"{{{{.{path}}}}}", name)


def explained(found: dict[str, Any], *words: str) -> None:
    """A finding says what is wrong, with evidence that has source and time, and what happens if nothing is done."""
    finding = found["finding"]
    for word in words:
        assert word in finding["title"]
    assert finding["evidence"]
    assert all(seen["source"] and seen["at"] and seen["name"] for seen in finding["evidence"])
    assert len(finding["if_nothing"]) > 10
    assert finding["since"]


def cure(steward: Operator, found: dict[str, Any]) -> Receipt:
    """Plan what is offered, approve it, and wait for its end."""
    assert found["next"] == f"steward plan {found['finding']['id']}"
    card = steward.plan(found["finding"]["id"])
    steward.approve(card["approval"]["code"])
    return steward.wait_run(card["run"])


def kinds_in_audit(steward: Operator, run: str) -> list[str]:
    lines = steward.run("audit", "export", "--json", ok=(0,)).stdout.splitlines()
    rows = [json.loads(line).get("row", {}) for line in lines]
    return [row["kind"] for row in rows if row.get("subject") == run]


def proven(steward: Operator, receipt: Receipt) -> None:
    """A receipt shows who allowed exactly what ran, what was seen before and after, and its rows in the audit."""
    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert receipt.fingerprint == fingerprint(receipt.plan)
    assert receipt.approval is not None
    assert receipt.approval.fingerprint == receipt.fingerprint
    assert receipt.approval.state is ApprovalState.CONSUMED
    assert receipt.approval.decided_by == "owner"
    assert [step.outcome for step in receipt.steps] == [Outcome.OK] * len(receipt.plan.steps)
    assert all(step.intent_at and step.ended_at and step.intent_at < step.ended_at for step in receipt.steps)
    assert any(result.holds is False for result in receipt.run.before), "nothing was wrong before"
    assert receipt.run.after
    assert all(result.holds for result in receipt.run.after)
    assert receipt.finding is not None
    assert receipt.audit == tuple(sorted(set(receipt.audit)))
    kinds = kinds_in_audit(steward, receipt.run.id)
    steps = ["step.intended", "step.ok"] * len(receipt.plan.steps)
    assert kinds == ["plan.proposed", "run.intended", *steps, "run.verified"]
    assert len(receipt.audit) == len(kinds)


def test_a_crashed_unit_is_restarted_and_proven(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("failed_unit", "m1")

    found = steward.find("failed_units", "m1", severity="down")
    explained(found, PHOTOS, "m1", "SIGSEGV")
    receipt = cure(steward, found)

    proven(steward, receipt)
    assert state_of(lab, PHOTOS) == "active"
    assert shown(lab, "m1", "systemctl", "show", "-P", "NRestarts", PHOTOS) == "0"
    steward.gone("failed_units", "m1")
    change = steward.call("changes", "show", receipt.run.change)
    assert (change["state"], change["result"]) == ("closed", "verified")


def test_a_full_disk_is_cleaned_and_proven(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("disk_full", "m1")
    packages = ("find", "/var/cache/apt/archives", "-name", "*.deb")
    assert len(shown(lab, "m1", *packages).splitlines()) == 5

    found = steward.find("full_filesystems", "m1", severity="down")
    explained(found, "/var/log", "m1", "% full")
    receipt = cure(steward, found)

    proven(steward, receipt)
    assert receipt.plan.blast.bytes > 10_000_000
    assert shown(lab, "m1", *packages) == ""
    assert int(shown(lab, "m1", "df", "--output=pcent", "/var/log").split()[-1].rstrip("%")) < 90
    steward.gone("full_filesystems", "m1")


def test_a_container_that_was_given_up_is_started_and_proven(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("crash_loop_transient", "d1")

    found = steward.find("stopped_containers", "d1", severity="down")
    explained(found, "importer", "d1", "status 1")
    receipt = cure(steward, found)

    proven(steward, receipt)
    assert container(lab, "importer", "State.Status") == "running"
    assert container(lab, "importer", "RestartCount") == "0"


def test_a_hung_container_is_restarted_and_proven(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("unhealthy_container", "d1")
    before = container(lab, "web", "State.StartedAt")

    found = steward.find("unhealthy_containers", "d1", severity="down")
    explained(found, "web", "d1", "health")
    receipt = cure(steward, found)

    proven(steward, receipt)
    assert container(lab, "web", "State.Health.Status") == "healthy"
    assert container(lab, "web", "State.StartedAt") > before


def test_fixes_that_cannot_work_are_put_back_and_say_so(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("broken_unit", "m1")
    fault("crash_loop", "d1")
    configuration = shown(lab, "m1", "cat", "/etc/mail-relay.conf")
    same_container = container(lab, "worker", "Id")

    unit = steward.find("failed_units", "m1", severity="down")
    explained(unit, RELAY, "m1", "status 78")
    loop = steward.find("crash_looping_containers", "d1", severity="down")
    explained(loop, "worker", "d1", "keeps ending")
    assert loop["finding"]["fix"] is None, "a restart is no cure of a loop, and Steward must not offer it"

    of_unit = steward.plan(unit["finding"]["id"])
    of_loop = steward.ask("container", "restart", "d1", "worker")  # a person may insist
    for card in (of_unit, of_loop):
        steward.approve(card["approval"]["code"])
    for card, word in ((of_unit, RELAY), (of_loop, "worker")):
        receipt = steward.wait_run(card["run"])
        assert receipt.run.state is RunState.ROLLED_BACK, receipt.run.reason
        assert "proof failed" in receipt.run.reason
        assert word in receipt.run.reason
        assert "put back" in receipt.run.reason
        assert not receipt.can_undo
        assert steward.run("runs", "logs", card["run"], "--follow").returncode == 20
        assert kinds_in_audit(steward, card["run"])[-1] == "run.rolled_back"

    assert state_of(lab, RELAY) in {"failed", "inactive"}
    assert shown(lab, "m1", "cat", "/etc/mail-relay.conf") == configuration
    assert container(lab, "worker", "Id") == same_container
    assert container(lab, "worker", "HostConfig.RestartPolicy.Name") == "always"


def test_a_verified_run_can_be_undone(steward: Operator, lab: Lab) -> None:
    card = steward.ask("unit", "stop", "m1", PHOTOS)
    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert receipt.can_undo
    assert state_of(lab, PHOTOS) == "inactive"

    undo = steward.call("undo", card["run"], ok=(12,))
    assert state_of(lab, PHOTOS) == "inactive", "an undo is asked like everything else"
    steward.approve(undo["approval"]["code"])
    undone = steward.wait_run(undo["run"])

    assert undone.run.state is RunState.VERIFIED
    assert undone.plan.undoes == card["run"]
    assert state_of(lab, PHOTOS) == "active"


def test_a_workflow_runs_what_is_independent_side_by_side(
    steward: Operator, lab: Lab, scratch: str, script_of: Callable[[str], str]
) -> None:
    file = script_of(f"""\
kind: Workflow
name: three-steps
title: Make two files, then count them
goal: the count is known
steps:
  - id: left
    command: shell.run
    on: m1
    with: {{script: "sleep 4; echo left > {scratch}/left", reason: a story}}
  - id: right
    command: shell.run
    on: m1
    with: {{script: "sleep 4; echo right > {scratch}/right", reason: a story}}
  - id: both
    command: shell.run
    on: m1
    needs: [left, right]
    with: {{script: "cat {scratch}/left {scratch}/right > {scratch}/both", reason: a story}}
""")
    card = steward.plan(file)
    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])

    assert {step.step: step.outcome for step in receipt.steps} == dict.fromkeys(("left", "right", "both"), Outcome.OK)
    at = {step.step: (step.intent_at, step.ended_at) for step in receipt.steps}
    assert at["left"][0] < at["right"][1], "they ran one after the other"
    assert at["right"][0] < at["left"][1], "they ran one after the other"
    assert at["both"][0] > max(at["left"][1], at["right"][1])
    assert shown(lab, "m1", "cat", f"{scratch}/both") == "left\nright"


def test_raw_shell_is_shown_word_by_word_and_run_as_it_stands(steward: Operator, lab: Lab, scratch: str) -> None:
    script = f"""printf '%s|' "a  b" '$HOME' "$((6*7))" \\* > {scratch}/said  # "quoted" `not` run?"""
    card = steward.ask("shell", "run", "m1", script, "see that nothing is lost")

    assert shlex.quote(script) in card["shown"]
    assert card["plan"]["steps"][0]["action"]["argv"] == ["/bin/sh", "-c", script]
    assert card["decision"]["verdict"] == "ask"
    assert card["plan"]["risk"] == "risky"
    assert card["plan"]["shown_hash"] == hashlib.sha256(card["shown"].encode()).hexdigest()

    steward.approve(card["approval"]["code"])
    steward.wait_run(card["run"])
    assert shown(lab, "m1", "cat", f"{scratch}/said") == "a  b|$HOME|42|*|"


def test_the_audit_of_everything_is_whole(steward: Operator) -> None:
    verified = steward.call("audit", "verify")
    assert verified["problems"] == []
    assert verified["rows"] > 10
