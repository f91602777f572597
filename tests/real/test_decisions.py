"""Yes, no, too late, and everything that is not what was approved; on real machines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from steward.model.command import Outcome
from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator
from tests.real.terminal import Terminal

Break = Callable[[str, str], None]
PHOTOS = "photo-index.service"
COUNT = "/tmp/story-count"
FINE = """\
kind: Workflow
name: count
steps:
  - command: shell.run
    on: m1
    with: {script: "echo once >> /tmp/story-count", reason: a story}
"""


@pytest.fixture(scope="module")
def steward(operator: Operator) -> Operator:
    """A Steward that may act on m1 when asked, and only watch m2."""
    operator.add("m1")
    operator.add("m2", "watch", sudo=False)
    return operator


@pytest.fixture
def counted(lab: Lab) -> Iterator[Callable[[], int]]:
    """How often the counting script has run on m1."""
    lab.run("m1", ["rm", "-f", COUNT], check=True)
    yield lambda: len(lab.run("m1", ["cat", COUNT]).stdout.splitlines())
    lab.run("m1", ["rm", "-f", COUNT], check=True)


@pytest.fixture
def workspace_file(steward: Operator) -> Iterator[Callable[[str], Path]]:
    """A file of the workspace that is put back as it was; what that loosens is accepted."""
    kept: dict[Path, str] = {}

    def give(name: str) -> Path:
        path = steward.workspace / name
        kept[path] = path.read_text()
        return path

    yield give
    for path, text in kept.items():
        path.write_text(text)
    version = steward.call("policy", "check", ok=(0, 10))["version"]
    steward.call("policy", "accept", version)


def ask_to_count(steward: Operator, mark: str) -> dict[str, Any]:
    """Ask for one more line in the counted file; the mark makes it another wish."""
    return steward.ask("shell", "run", "m1", f"echo {mark} >> {COUNT}", "count")


def ran(steward: Operator, run: str) -> bool:
    """Tell whether the one step of a run was done, once; a script has no proof, so that it is never `verified`."""
    receipt = steward.wait_run(run)
    assert receipt.run.state is RunState.UNVERIFIED, receipt.run.reason
    return [step.outcome for step in receipt.steps] == [Outcome.OK]


def test_a_machine_that_is_only_watched_is_never_changed(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("failed_unit", "m2")
    found = steward.find("failed_units", "m2")
    assert "watch only" in found["blocked"]
    assert found["next"] == "steward machines promote m2"

    error = steward.refuse("plan", found["finding"]["id"], code=13)
    assert "watch only" in error["why"]
    error = steward.refuse("shell", "run", "m2", "true", "try", code=13)
    assert "watch only" in error["why"]

    assert lab.run("m2", ["systemctl", "is-failed", PHOTOS]).stdout.strip() == "failed"
    assert lab.run("m2", ["ls", "/home/steward/.local/state/steward"]).returncode != 0, "something was sent to it"


def test_an_unknown_name_is_refused_with_the_nearest(steward: Operator) -> None:
    machine = steward.refuse("unit", "restart", "m11", PHOTOS, code=3)
    assert "m11" in machine["what"]
    assert "did you mean `m1`?" in machine["next_step"]
    unit = steward.refuse("unit", "restart", "m1", "foto-index.service", code=2)
    assert f"did you mean `{PHOTOS}`?" in unit["next_step"]
    assert steward.run("unit", "restrat", "m1", PHOTOS).returncode == 2


def test_a_state_that_changed_before_the_run_makes_it_stale(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("failed_unit", "m1")
    card = steward.plan(steward.find("failed_units", "m1")["finding"]["id"])
    lab.run("m1", ["systemctl", "reset-failed", PHOTOS], check=True)
    lab.run("m1", ["systemctl", "start", PHOTOS], check=True)
    pid = lab.run("m1", ["systemctl", "show", "-P", "MainPID", PHOTOS]).stdout

    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])

    assert receipt.run.state is RunState.STALE
    assert "still failed" in receipt.run.reason
    assert receipt.steps == ()
    assert steward.run("runs", "logs", card["run"], "--follow").returncode == 5
    assert lab.run("m1", ["systemctl", "show", "-P", "MainPID", PHOTOS]).stdout == pid, "it was restarted"


def test_rules_that_changed_since_the_plan_make_it_stale(
    steward: Operator, counted: Callable[[], int], workspace_file: Callable[[str], Path]
) -> None:
    card = ask_to_count(steward, "rules")
    policy = workspace_file("policy.yaml")
    policy.write_text(policy.read_text().replace("mutations_per_day: 60", "mutations_per_day: 59"))

    error = steward.refuse(*steward.yes(card["approval"]["code"]), code=5)

    assert "the policy has changed" in error["why"]
    assert steward.get_run(card["run"]).state is RunState.STALE
    assert counted() == 0


def test_a_no_is_sticky_and_gives_its_reason(steward: Operator, counted: Callable[[], int]) -> None:
    card = ask_to_count(steward, "rejected")
    steward.call("approvals", "reject", card["approval"]["code"], "--reason", "not tonight")
    assert steward.get_run(card["run"]).state is RunState.DENIED

    error = steward.refuse("shell", "run", "m1", f"echo rejected >> {COUNT}", "count", code=13)
    assert "was rejected by owner" in error["what"]
    assert "ask again after" in error["next_step"]
    assert error["why"] == "not tonight"
    steward.refuse(*steward.yes(card["approval"]["code"]), code=5)
    assert counted() == 0


def test_two_programs_that_approve_at_once_give_one_run(steward: Operator, counted: Callable[[], int]) -> None:
    card = ask_to_count(steward, "twice")
    code = card["approval"]["code"]
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda _: steward.run(*steward.yes(code), "--json"), range(4)))

    assert sum(done.returncode == 0 for done in ended) >= 1
    assert {done.returncode for done in ended} <= {0, 3, 5}
    assert ran(steward, card["run"])
    assert counted() == 1


def test_two_people_at_two_terminals_give_one_run(steward: Operator, counted: Callable[[], int]) -> None:
    card = ask_to_count(steward, "terminals")
    code = card["approval"]["code"]
    here, there = (Terminal(steward, *steward.yes(code)) for _ in range(2))
    for terminal in (here, there):
        terminal.wait_for("Owner password")
        assert f"echo terminals >> {COUNT}" in terminal.text, "it was not shown before it was asked"
    here.give_password()
    there.give_password()
    codes = (here.end(), there.end())

    assert set(codes) <= {3, 5, 10}, f"{here.text}\n{there.text}"
    assert 10 in codes, "nobody was shown how it ended: done, and nothing that would prove it"
    assert ran(steward, card["run"])
    assert counted() == 1


def test_the_owners_secret_and_the_fingerprint_must_fit(steward: Operator, counted: Callable[[], int]) -> None:
    card = ask_to_count(steward, "proof")
    code = card["approval"]["code"]
    wrong = steward.folder / "wrong"
    wrong.write_text("not the secret\n")
    assert steward.run(*steward.yes(code), "--password-file", str(wrong)).returncode == 4
    steward.refuse(*steward.yes(code), "--fingerprint", "00000000", code=5)
    assert steward.get_run(card["run"]).state is RunState.WAITING
    assert counted() == 0

    steward.call(*steward.yes(code), "--fingerprint", card["fingerprint"][:8])
    steward.wait_run(card["run"])
    assert counted() == 1


def test_an_answer_after_its_time_is_a_no(steward: Operator, counted: Callable[[], int]) -> None:
    card = ask_to_count(steward, "late")
    with sqlite3.connect(steward.data / "steward.db", timeout=20) as database:
        changed = database.execute(
            "UPDATE approvals SET expires = (SELECT created FROM approvals WHERE id = ?) WHERE id = ?",
            (card["approval"]["id"], card["approval"]["id"]),
        )
        assert changed.rowcount == 1
    database.close()

    assert steward.run(*steward.yes(card["approval"]["code"])).returncode in {3, 5}
    receipt = steward.wait_run(card["run"])
    assert receipt.run.state is RunState.EXPIRED
    assert counted() == 0


def test_a_plan_file_runs_only_as_it_was_planned(steward: Operator, counted: Callable[[], int], tmp_path: Path) -> None:
    source, saved = tmp_path / "count.yaml", tmp_path / "plan.json"
    source.write_text(FINE)
    card = steward.call("plan", str(source), "-o", str(saved), ok=(12,))
    good = saved.read_text()

    for was, becomes in (("echo once", "echo evil"), ('"max_uses": 1', '"max_uses": 2'), ('"m1"', '"m2"')):
        assert was in good
        saved.write_text(good.replace(was, becomes))
        error = steward.refuse("apply", str(saved), code=5)
        assert "changed after it was planned" in error["what"]
    saved.write_text(good[:-40])
    assert "not a plan file" in steward.refuse("apply", str(saved), code=2)["what"]
    assert steward.get_run(card["run"]).state is RunState.WAITING
    assert counted() == 0

    saved.write_text(good)
    steward.call("apply", str(saved), "--target", "m1")
    assert ran(steward, card["run"])
    assert counted() == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: Workflow\nname: x\nsteps: [\n", "bad.yaml:"),
        (FINE.replace("command:", "comand:"), "bad.yaml:4:"),
        (FINE.replace("kind: Workflow", "kind: Wolfram"), "bad.yaml:1:"),
        (FINE.replace("on: m1", "on: m1\n    timeout: never"), "bad.yaml:6:"),
    ],
    ids=["not yaml", "a misspelled field", "another kind", "no number"],
)
def test_a_bad_workflow_file_is_refused_with_its_line(steward: Operator, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    waiting = steward.call("approvals", "ls")

    error = steward.refuse("plan", str(file), code=2)

    assert says in error["where"], error
    assert error["what"]
    assert steward.call("approvals", "ls") == waiting


def test_a_broken_inventory_leaves_the_last_good_one_in_force(
    steward: Operator, workspace_file: Callable[[str], Path]
) -> None:
    inventory = workspace_file("inventory.yaml")
    good = inventory.read_text()
    line = next(n for n, text in enumerate(good.splitlines(), start=1) if "autonomy: ask" in text)
    inventory.write_text(good.replace("autonomy: ask", "autonomy: askk"))

    checked = steward.call("policy", "check", ok=(10,))
    assert any(f"inventory.yaml:{line}:" in problem and "ask" in problem for problem in checked["problems"])
    assert steward.call("status", ok=(10, 11))["problems"] == checked["problems"]
    names = [card["machine"]["name"] for card in steward.call("machines", "ls")["machines"]]
    assert names == ["m1", "m2"]
    steward.call("machines", "check", "m1")
    error = steward.call("machines", "promote", "m2", "--to", "ask", ok=(1, 2, 5))["error"]
    assert "inventory.yaml" in json.dumps(error)

    inventory.write_text(good)
    assert steward.call("policy", "check")["problems"] == []


def test_a_broken_policy_leaves_the_last_good_one_in_force(
    steward: Operator, workspace_file: Callable[[str], Path]
) -> None:
    policy = workspace_file("policy.yaml")
    good = policy.read_text()
    rule = "rules:\n  - name: no shell\n    when: {command: shell.run}\n    then: deny\n    reason: no shell here\n"
    strict = good.replace("rules: []", rule)
    policy.write_text(strict)
    assert steward.refuse("shell", "run", "m1", "true", "try", code=13)["where"] == "no shell"

    for broken in ("", "rules: [", strict.replace("then: deny", "then: allow"), strict.replace("deny", "dney")):
        policy.write_text(broken)
        problems = steward.call("policy", "check", ok=(10,))["problems"]
        assert all(problem.startswith("policy.yaml:") for problem in problems)
        assert steward.refuse("shell", "run", "m1", "true", "try", code=13)["where"] == "no shell"
