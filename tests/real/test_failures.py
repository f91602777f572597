"""A real machine keeps which of its services fail: put there by a plan, read at a look, taken away by the undo."""

from __future__ import annotations

import time

import pytest

from steward.knowhow.unit_failure_files import FILES, SPOOL
from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator

PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def steward(operator: Operator) -> Operator:
    """A Steward that may work on m1."""
    operator.add("m1")
    rights = operator.call("machines", "check", "m1")["access"]
    operator.give_rights("m1", [*rights["to_look"], *rights["to_act"]])
    return operator


def kept(lab: Lab) -> str:
    return lab.run("m1", ["sh", "-c", f"cat {SPOOL}/* 2>/dev/null || true"]).stdout


def test_a_service_that_fails_is_kept_by_the_machine_itself_until_that_is_undone(steward: Operator, lab: Lab) -> None:
    card = steward.call("unit", "watch_failure", "m1", ok=(12,))
    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])
    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason

    lab.run("m1", ["systemd-run", "--unit=fails-for-steward", "--property=Type=oneshot", "/bin/false"])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "fails-for-steward.service" not in kept(lab):
        assert time.monotonic() < deadline, "the machine did not keep the failure"
        time.sleep(0.5)
    assert "result exit-code" in kept(lab)
    lab.run("m1", ["systemctl", "reset-failed", "fails-for-steward.service"])

    undo = steward.call("undo", card["run"], ok=(12,))
    steward.approve(undo["approval"]["code"])
    assert steward.wait_run(undo["run"]).run.state is RunState.VERIFIED
    there = lab.run("m1", ["sh", "-c", f"ls {' '.join(FILES)} 2>/dev/null || true"]).stdout
    assert there == ""
