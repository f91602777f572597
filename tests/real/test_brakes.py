"""Pause, freeze and stop, and two control planes by mistake; on a real machine."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator

PHOTOS = "photo-index.service"
MARK = "/tmp/story-mark"
PATIENCE_SECONDS = 45
"""Shorter than anything here sleeps: what is gone by then did not end by itself."""


@pytest.fixture(scope="module")
def steward(operator: Operator) -> Operator:
    """A Steward that may act on m1 when asked."""
    operator.add("m1")
    return operator


@pytest.fixture
def resumed(steward: Operator, lab: Lab) -> Iterator[None]:
    """Take every brake off afterwards."""
    yield
    steward.call("resume")
    lab.run("m1", ["rm", "-f", MARK], check=True)


def is_marked(lab: Lab) -> bool:
    return lab.run("m1", ["test", "-e", MARK]).returncode == 0


def sleepers(lab: Lab, seconds: int) -> list[str]:
    """Process ids of a `sleep` of exactly so many seconds on m1."""
    return lab.run("m1", ["pgrep", "-fx", f"sleep {seconds}"]).stdout.split()


def long_run(steward: Operator, lab: Lab, seconds: int) -> str:
    """Start a run that sleeps on m1 and then leaves a mark; return it once the program is there."""
    run = steward.shell("m1", f"sleep {seconds}; touch {MARK}")
    steward.until("the program runs on m1", lambda: sleepers(lab, seconds))
    return run


def test_under_pause_a_person_still_starts_what_they_approve(steward: Operator, lab: Lab, resumed: None) -> None:
    assert steward.call("pause", "--minutes", "60", "--reason", "visitors")["brake"] == "pause"
    assert "Pause is on" in steward.call("status", ok=(0, 10, 11))["sentence"]
    run = steward.shell("m1", f"touch {MARK}")
    assert steward.wait_run(run).run.state is RunState.UNVERIFIED
    assert is_marked(lab)


def test_freeze_lets_nothing_run_and_goes_on_looking(steward: Operator, lab: Lab, resumed: None) -> None:
    card = steward.ask("shell", "run", "m1", f"touch {MARK}", "before the freeze")
    steward.call("freeze", "--reason", "guests tonight")

    assert "freeze is on" in steward.refuse("unit", "stop", "m1", PHOTOS, code=13)["why"]
    error = steward.refuse(*steward.yes(card["approval"]["code"]), code=75)
    assert "freeze is on" in error["what"]
    assert "guests tonight" in error["why"]
    lab.run("m1", ["systemctl", "kill", "--kill-who=main", "--signal=SIGSEGV", PHOTOS], check=True)
    try:
        found = steward.find("failed_units", "m1")
        assert found["next"] == "steward resume"
    finally:
        lab.run("m1", ["systemctl", "start", PHOTOS], check=True)
    assert not is_marked(lab)

    steward.call("resume")
    assert steward.wait_run(card["run"]).run.state is RunState.UNVERIFIED, "the yes given under freeze was lost"
    assert is_marked(lab)


def test_stop_ends_what_runs_and_holds_across_a_restart(steward: Operator, lab: Lab, resumed: None) -> None:
    run = long_run(steward, lab, 61)
    steward.call("stop", "--reason", "that was the wrong disk")
    steward.until("the program is gone from m1", lambda: not sleepers(lab, 61), within=PATIENCE_SECONDS)
    receipt = steward.wait_run(run)

    assert receipt.run.state in {RunState.CANCELLED, RunState.FAILED}, receipt.run.reason
    assert not is_marked(lab)

    assert steward.stop() == 0
    steward.start()
    assert steward.call("status", ok=(0, 10, 11))["brake"]["brake"] == "stop"
    assert "stop is on" in steward.refuse("shell", "run", "m1", "true", "try", code=13)["why"]
    assert steward.get_run(run).state == receipt.run.state


def test_stop_works_without_the_daemon_and_only_a_person_lifts_it(steward: Operator, lab: Lab, resumed: None) -> None:
    card = steward.ask("shell", "run", "m1", f"touch {MARK}", "before the stop")
    steward.stop()
    assert steward.call("stop")["brake"] == "stop"
    assert (steward.data / "STOP").exists()
    steward.start()
    assert steward.run(*steward.yes(card["approval"]["code"])).returncode == 75
    assert not is_marked(lab)

    wrong = steward.folder / "wrong"
    wrong.write_text("not the secret\n")
    assert steward.run("resume", "--password-file", str(wrong)).returncode == 4
    assert (steward.data / "STOP").exists()
    steward.call("resume")
    assert not (steward.data / "STOP").exists()
    steward.wait_run(card["run"])
    assert is_marked(lab)


def test_a_stop_while_the_daemon_hangs_holds_when_it_goes_on(steward: Operator, lab: Lab, resumed: None) -> None:
    run = long_run(steward, lab, 62)
    steward.daemon.send_signal(signal.SIGSTOP)
    try:
        (steward.data / "STOP").write_text("a person, by hand\n")
    finally:
        steward.daemon.send_signal(signal.SIGCONT)
    steward.until("the program is gone from m1", lambda: not sleepers(lab, 62), within=PATIENCE_SECONDS)
    assert steward.wait_run(run).run.state in {RunState.CANCELLED, RunState.FAILED}
    assert not is_marked(lab)


def test_a_cancelled_run_ends_on_the_machine(steward: Operator, lab: Lab) -> None:
    run = long_run(steward, lab, 63)
    steward.call("runs", "cancel", run, "--reason", "changed my mind")
    steward.until("the program is gone from m1", lambda: not sleepers(lab, 63), within=PATIENCE_SECONDS)
    receipt = steward.wait_run(run)
    assert receipt.run.state in {RunState.CANCELLED, RunState.FAILED}
    assert "changed my mind" in receipt.run.reason
    assert not is_marked(lab)


def test_a_second_control_plane_is_refused_on_the_machine_and_on_the_data_folder(
    steward: Operator, lab: Lab, new_operator: Callable[[], Operator]
) -> None:
    same_folder = steward.run("up")
    assert same_folder.returncode == 5
    assert "already runs" in same_folder.stderr

    other = new_operator()
    other.start()
    other.add("m1", sudo=False, takes_over=False)
    run = other.shell("m1", f"touch {MARK}")
    receipt = other.wait_run(run)

    assert receipt.run.state is RunState.FAILED
    assert "control plane" in receipt.run.reason
    assert [step.is_started for step in receipt.steps] == [False]
    assert not is_marked(lab)
    assert steward.wait_run(steward.shell("m1", "true")).run.state is RunState.UNVERIFIED


def test_one_look_tells_a_script_what_it_found(lab: Lab, new_operator: Callable[[], Operator]) -> None:
    alone = new_operator()
    alone.start()
    alone.add("m1")
    alone.stop()

    assert alone.call("up", "--once") == {"findings": [], "unread": []}
    lab.run(
        "m1", ["sh", "-c", "fallocate -l $(($(df --output=avail -B1 /var/log | tail -n 1) - 5000000)) /var/log/story"]
    )
    try:
        seen = alone.call("up", "--once", ok=(10,))
        assert [found["severity"] for found in seen["findings"]] == ["warning"]
        lab.run("m1", ["systemctl", "kill", "--kill-who=main", "--signal=SIGSEGV", PHOTOS], check=True)
        seen = alone.call("up", "--once", ok=(11,))
    finally:
        lab.run("m1", ["rm", "-f", "/var/log/story"], check=True)
        lab.run("m1", ["systemctl", "start", PHOTOS], check=True)
    worst = seen["findings"][0]
    assert {"id", "title", "severity", "resource", "evidence", "if_nothing", "fix"} <= set(worst)
    assert worst["severity"] == "down"
    assert worst["resource"]["machine_name"] == "m1"
    assert worst["fix"] == "restart_failed_unit"
