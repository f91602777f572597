"""A file that git holds is changed on a real machine: found, put back with proof and undone; or taken into git."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator

FILE = "/etc/photo-frame.conf"
KEPT, CHANGED, LATER, BY_HAND = "seconds=30\nshuffle=yes\n", "seconds=5\n", "seconds=60\n", "seconds=1\n"


@pytest.fixture(scope="module")
def steward(operator: Operator, lab: Lab) -> Iterator[Operator]:
    """A Steward that keeps a file of m1 which only root may write, with the rights that takes."""
    operator.add("m1")
    write(lab, KEPT)
    operator.call("files", "keep", "m1", FILE)
    rights = operator.call("machines", "check", "m1")["access"]
    assert FILE in "".join(rights["to_act"])
    operator.give_rights("m1", [*rights["to_look"], *rights["to_act"]])
    yield operator
    lab.run("m1", ["rm", "-f", FILE], check=True)


def write(lab: Lab, text: str) -> None:
    """Edit the file as root does, with an owner and a mode of its own."""
    put = f"cat > {FILE} && chown root:adm {FILE} && chmod 644 {FILE}"
    lab.run("m1", ["sh", "-c", put], stdin=text, check=True)


def there(lab: Lab) -> str:
    return lab.run("m1", ["cat", FILE], check=True).stdout


def test_a_kept_file_that_was_changed_is_put_back_and_undone_or_taken_into_git(steward: Operator, lab: Lab) -> None:
    write(lab, CHANGED)
    found = steward.find("drifted_files", "m1")
    assert FILE in found["finding"]["title"]
    assert any("files adopt" in each for each in found["finding"]["alternatives"])
    assert "+seconds=5" in steward.call("files", "diff", "m1", FILE)["diff"]

    card = steward.plan(found["finding"]["id"])
    assert "seconds=30" in card["shown"]
    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])
    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert there(lab) == KEPT
    assert lab.run("m1", ["stat", "-c", "%U %G %a", FILE]).stdout.split() == ["root", "adm", "644"]
    steward.gone("drifted_files", "m1")

    undo = steward.call("undo", card["run"], ok=(12,))
    steward.approve(undo["approval"]["code"])
    assert steward.wait_run(undo["run"]).run.state is RunState.VERIFIED
    assert there(lab) == CHANGED

    write(lab, LATER)
    steward.find("drifted_files", "m1")
    steward.call("files", "adopt", "m1", FILE)
    steward.gone("drifted_files", "m1")
    assert there(lab) == LATER
    assert [each["state"] for each in steward.call("files", "ls")["files"]] == ["as kept"]


def test_a_file_that_is_edited_between_the_yes_and_the_run_is_left_alone(steward: Operator, lab: Lab) -> None:
    write(lab, CHANGED)
    card = steward.plan(steward.find("drifted_files", "m1")["finding"]["id"])
    write(lab, BY_HAND)
    steward.approve(card["approval"]["code"])
    receipt = steward.wait_run(card["run"])
    assert receipt.run.state in {RunState.STALE, RunState.FAILED}, receipt.run.reason
    assert there(lab) == BY_HAND
