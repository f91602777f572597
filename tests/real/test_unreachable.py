"""Machines that are off, slow, cut off or not themselves any more: said plainly, and no trouble for the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from steward.model.command import Outcome
from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator

Break = Callable[[str, str], None]
PHOTOS = "photo-index.service"
MARK = "/tmp/story-cut"


@pytest.fixture(scope="module")
def steward(operator: Operator) -> Operator:
    """A Steward that may act on m1, m2 and m3 when asked."""
    for machine in ("m1", "m2", "m3"):
        operator.add(machine)
    return operator


def line_of(steward: Operator, machine: str) -> dict[str, Any]:
    """Return the line of one machine in `status`."""
    lines = steward.call("status", ok=(0, 10, 11))["machines"]
    return next(line for line in lines if line["name"] == machine)


def seen_at(steward: Operator, machine: str) -> datetime:
    return datetime.fromisoformat(line_of(steward, machine)["seen_at"])


def logins(lab: Lab, machine: str, since: str) -> int:
    """Count what sshd let in since then."""
    lab.run(machine, ["journalctl", "--sync"])
    said = lab.run(machine, ["journalctl", "-u", "ssh", "--since", since, "-o", "cat"], check=True).stdout
    return sum("Accepted" in line for line in said.splitlines())


def test_a_changed_host_key_quarantines_until_a_person_confirms_it(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("changed_host_key", "m2")
    found = steward.find("host_key", "m2")
    assert found["finding"]["severity"] == "down"
    assert "another host key" in found["finding"]["title"]
    assert found["finding"]["fix"] is None
    steward.until("m2 is quarantined", lambda: line_of(steward, "m2")["status"] == "down")

    since = lab.run("m2", ["date", "+%F %T"]).stdout.strip()
    time.sleep(1.1)  # the journal is asked by the second
    assert "quarantined" in str(steward.call("shell", "run", "m2", "true", "try", ok=(1, 4, 5, 13)))
    before = seen_at(steward, "m1")
    steward.until("m1 is looked at again", lambda: seen_at(steward, "m1") > before)
    assert logins(lab, "m2", since) == 0, "somebody logged in at a machine that is not itself"

    presented = steward.call("machines", "check", "m2")["presented_key"]
    old = lab.machine("m2").host_key
    assert presented not in old
    wrong = "SHA256:" + "A" * 43
    steward.refuse("machines", "confirm", "m2", wrong, code=5)
    assert line_of(steward, "m2")["status"] == "down"

    steward.call("machines", "confirm", "m2", presented)
    steward.gone("host_key", "m2")
    assert steward.wait_run(steward.shell("m2", "true")).run.state is RunState.UNVERIFIED
    assert logins(lab, "m2", since) > 0

    lab.heal("changed_host_key", "m2")
    steward.find("host_key", "m2")
    first = lab.run("m2", ["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).stdout.split()[1]
    steward.call("machines", "confirm", "m2", first)
    steward.gone("host_key", "m2")


def test_a_dead_machine_is_found_and_the_others_go_on(steward: Operator, fault: Break, lab: Lab) -> None:
    fault("dead_host", "m3")
    found = steward.find("machine_unreachable", "m3")
    assert found["finding"]["severity"] == "down"
    assert "m3 does not answer" in found["finding"]["title"]
    assert "m3: does not answer" in str(found["finding"]["evidence"][0]["value"])

    assert steward.call("plan", found["finding"]["id"], ok=(5,))["error"]
    assert steward.wait_run(steward.shell("m1", "true")).run.state is RunState.UNVERIFIED
    error = steward.refuse("shell", "run", "m3", "true", "try", code=75)
    assert "m3" in f"{error['where']} {error['what']}"

    lab.heal("dead_host", "m3")
    steward.gone("machine_unreachable", "m3")


def test_a_slow_machine_delays_no_other(steward: Operator, fault: Break) -> None:
    fault("slow_host", "m2")
    for _ in range(2):  # the second look would wait for the first one at m2
        before = seen_at(steward, "m1")
        steward.until("m1 is looked at again", lambda at=before: seen_at(steward, "m1") > at, within=40)
    steward.call("machines", "check", "m1")
    assert steward.wait_run(steward.shell("m1", "true")).run.state is RunState.UNVERIFIED


def test_a_link_cut_in_the_middle_ends_unknown_and_is_reconciled(steward: Operator, lab: Lab, fault: Break) -> None:
    lab.run("m3", ["rm", "-f", MARK], check=True)
    run = steward.shell("m3", f"sleep 20; echo once >> {MARK}")
    steward.until("the program runs on m3", lambda: lab.run("m3", ["pgrep", "-fx", "sleep 20"]).stdout)
    fault("network_cut", "m3")

    receipt = steward.wait_run(run, within=150)
    assert receipt.run.state is RunState.UNKNOWN
    assert [step.outcome for step in receipt.steps] == [Outcome.UNKNOWN]
    assert run in [line["id"] for line in steward.call("status", ok=(10, 11))["running"]]
    assert steward.run("runs", "logs", run, "--follow").returncode not in {0, 10}
    explained = steward.find("machine_unreachable", "m3", within=90)
    assert explained["finding"]["severity"] == "down"
    assert steward.wait_run(steward.shell("m1", "true")).run.state is RunState.UNVERIFIED
    assert "m3" in str(steward.refuse("machines", "remove", "m3", code=5)["what"]), "its lock was given up"

    lab.heal("network_cut", "m3")
    steward.until("it is reconciled", lambda: steward.get_run(run).state is not RunState.UNKNOWN, within=90)
    receipt = steward.wait_run(run)

    assert receipt.run.state is RunState.UNVERIFIED
    assert [(step.outcome, step.exit_code) for step in receipt.steps] == [(Outcome.OK, 0)]
    assert "reconciled" in receipt.steps[0].note
    assert lab.run("m3", ["cat", MARK]).stdout == "once\n"
    assert steward.wait_run(steward.shell("m3", f"rm {MARK}")).run.state is RunState.UNVERIFIED
    assert steward.call("audit", "verify")["problems"] == []
