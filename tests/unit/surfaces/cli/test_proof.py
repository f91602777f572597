"""The owner's password: asked once, only when it is needed, never on the command line."""

from __future__ import annotations

from functools import partial

import pytest

from steward.lib.wire import Problem
from tests.unit.surfaces.cli.daemon import needs_password, ok
from tests.unit.surfaces.cli.results import CARD, STARTED, receipt_in, run_in
from tests.unit.surfaces.cli.terminal import Screen, start

PASSWORD = "correct horse"


@pytest.fixture
def guarded(daemon):
    """A daemon that approves only with the password, and whose run is verified."""
    daemon.answers |= {
        "approvals.show": ok(CARD),
        "approvals.approve": partial(needs_password, then=ok(STARTED)),
        "runs.logs": [ok({"run": run_in("verified")})],
        "runs.show": ok(receipt_in("verified")),
    }
    return daemon


def passwords(daemon):
    return [request.password for request in daemon.requests if request.command == "approvals.approve"]


def test_on_a_terminal_the_password_is_asked_without_echo_and_sent_with_one_request(folder, guarded):
    screen = Screen(folder, "approvals", "approve", "K7QM")
    screen.wait_for("Owner password (good for 5 minutes in this terminal): ")
    screen.type(PASSWORD + "\n")
    assert screen.end() == 0
    assert PASSWORD not in screen.text
    assert passwords(guarded) == ["", PASSWORD]
    assert [request.password for request in guarded.requests if request.command != "approvals.approve"] == ["", "", ""]


def test_a_wrong_password_is_not_asked_again(folder, guarded):
    screen = Screen(folder, "approvals", "approve", "K7QM")
    screen.wait_for("Owner password (good for 5 minutes in this terminal): ")
    screen.type("guess\n")
    assert screen.end() == 4
    assert "that is not the owner's secret" in screen.text
    assert passwords(guarded) == ["", "guess"]


def test_leaving_the_question_approves_nothing(folder, guarded):
    screen = Screen(folder, "approvals", "approve", "K7QM")
    screen.wait_for("Owner password (good for 5 minutes in this terminal): ")
    assert screen.interrupt() == 130
    assert "Traceback" not in screen.text
    assert passwords(guarded) == [""]


def test_without_a_terminal_it_ends_with_4_and_names_the_flag(folder, guarded):
    ended = start(folder, "approvals", "approve", "K7QM")
    assert ended.code == 4
    assert "--password-file FILE" in ended.err
    assert passwords(guarded) == [""]


def test_no_input_asks_nothing_even_on_a_terminal(folder, guarded):
    screen = Screen(folder, "approvals", "approve", "K7QM", "--no-input")
    assert screen.end() == 4
    assert "Owner password" not in screen.text


@pytest.mark.parametrize("way", ["flag", "stdin", "variable"])
def test_a_script_gives_the_password_by_file_standard_input_or_variable(folder, guarded, way):
    path = folder / "password"
    path.write_text(PASSWORD + "\n")
    words, given, env = {
        "flag": (("--password-file", str(path)), "", None),
        "stdin": (("--password-file", "-"), PASSWORD + "\n", None),
        "variable": ((), "", {"STEWARD_PASSWORD_FILE": str(path)}),
    }[way]
    ended = start(folder, "approvals", "approve", "K7QM", *words, given=given, env=env)
    assert ended.code == 0, ended.err
    assert passwords(guarded) == ["", PASSWORD]
    assert PASSWORD not in ended.out + ended.err


def test_a_command_that_needs_no_proof_never_reads_the_password_file(folder, daemon):
    daemon.answers["status"] = ok({"sentence": "fine"})
    ended = start(folder, "status", env={"STEWARD_PASSWORD_FILE": str(folder / "lost")})
    assert ended.code == 0
    assert daemon.last.password == ""


def test_a_new_secret_is_asked_twice_and_must_match(folder, daemon):
    daemon.answers["secrets.set"] = ok(None)
    screen = Screen(folder, "secrets", "set", "smtp")
    screen.wait_for("New value: ")
    screen.type("one\n")
    screen.wait_for("New value again: ")
    screen.type("two\n")
    assert screen.end() == 2
    assert "the two do not match" in screen.text
    assert [(request.dry_run, request.input) for request in daemon.requests] == [(True, {"name": "smtp", "value": ""})]


def test_what_else_is_wrong_is_said_before_a_new_secret_is_asked(folder, daemon):
    daemon.answers["secrets.set"] = Problem(kind="InvalidInput", what="no secret can be called so", exit_code=2)
    screen = Screen(folder, "secrets", "set", "smtp")
    assert screen.end() == 2
    assert "no secret can be called so" in screen.text
    assert "New value" not in screen.text
