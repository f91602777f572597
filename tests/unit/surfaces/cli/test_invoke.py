"""Deciding and following on a terminal, and what stays the same in a pipe."""

from __future__ import annotations

import json
import threading

import pytest

from steward.lib.wire import Event, Progress
from tests.unit.surfaces.cli.daemon import ok
from tests.unit.surfaces.cli.results import CARD, FINGERPRINT, PLAN, STARTED, receipt_in, run_in
from tests.unit.surfaces.cli.terminal import Screen, start

LINES = [
    Event(data={"at": "2026-03-01T11:59:01Z", "kind": "run.started", "step": "", "text": ""}),
    Event(data={"at": "2026-03-01T11:59:02Z", "kind": "step.ended", "step": "step-1", "text": "exit 0"}),
]
EXITS = {"verified": 0, "rolled_back": 20, "rollback_failed": 21, "failed": 1, "unknown": 1}


def ending(daemon, state, code):
    daemon.answers |= {
        "approvals.show": ok(CARD),
        "approvals.approve": ok(STARTED),
        "runs.logs": [*LINES, ok({"run": run_in(state)}, code)],
        "runs.show": ok(receipt_in(state, "nginx.service is not active")),
    }


@pytest.mark.parametrize(("state", "code"), EXITS.items())
def test_approving_on_a_terminal_ends_with_the_receipt_and_its_code(folder, daemon, state, code):
    ending(daemon, state, code)
    screen = Screen(folder, "approvals", "approve", "K7QM")
    assert screen.end() == code
    assert "11:59:02  step.ended  step-1  exit 0" in screen.text
    assert f"{state.replace('_', ' ')} in 38 s" in screen.text
    assert screen.text.index("step.ended") < screen.text.index("What was done")
    assert "next: " not in screen.text


def test_while_a_run_is_followed_a_bar_tells_how_far_it_is_and_when_it_may_end(folder, daemon):
    ending(daemon, "verified", 0)
    moved = Event(data={"at": "2026-03-01T11:59:02Z", "kind": "run.step.ended", "step": "step-1", "text": "step-1: ok"})
    daemon.answers["runs.logs"] = [LINES[0], moved, ok({"run": run_in("verified")})]
    far = {"state": "running", "done": 1, "total": 2, "likely_end": "2999-03-01T12:00:00Z"}
    daemon.answers["runs.progress"] = ok(far)
    screen = Screen(folder, "approvals", "approve", "K7QM")
    assert screen.end() == 0
    assert "[##########----------]  1 of 2 steps  likely done in" in screen.text
    assert daemon.requests[3].input == {"run": "run-1"}


def test_a_run_is_followed_to_its_end_where_nobody_tells_how_far_it_is(folder, daemon):
    ending(daemon, "verified", 0)
    moved = Event(data={"at": "2026-03-01T11:59:02Z", "kind": "run.step.started", "step": "step-1", "text": "go"})
    daemon.answers["runs.logs"] = [moved, ok({"run": run_in("verified")})]
    screen = Screen(folder, "approvals", "approve", "K7QM")
    assert screen.end() == 0
    assert "verified in 38 s" in screen.text


def test_an_unproven_run_never_ends_with_0_whatever_the_stream_said(folder, daemon):
    ending(daemon, "unverified", 0)
    assert Screen(folder, "approvals", "approve", "K7QM").end() == 1


def test_the_plan_is_shown_before_it_is_approved_and_the_yes_is_bound_to_it(folder, daemon):
    ending(daemon, "verified", 0)
    screen = Screen(folder, "approvals", "approve", "K7QM")
    assert screen.end() == 0
    assert "$ /usr/bin/systemctl restart nginx.service" in screen.text
    assert [request.command for request in daemon.requests] == [
        "approvals.show",
        "approvals.approve",
        "runs.logs",
        "runs.show",
    ]
    assert daemon.requests[1].input == {"code": "K7QM", "fingerprint": FINGERPRINT}


def test_a_fingerprint_the_person_gives_is_the_one_that_is_sent(folder, daemon):
    ending(daemon, "verified", 0)
    Screen(folder, "approvals", "approve", "K7QM", "--fingerprint", "9f1c2b3a").end()
    assert daemon.requests[1].input["fingerprint"] == "9f1c2b3a"


def test_what_cannot_be_put_back_is_approved_by_typing_what_it_hits(folder, daemon):
    ending(daemon, "verified", 0)
    daemon.answers["approvals.show"] = ok({**CARD, "to_type": "nas"})
    screen = Screen(folder, "approvals", "approve", "K7QM")
    screen.wait_for("Type the names of the machines it hits: ")
    assert [request.command for request in daemon.requests] == ["approvals.show"]
    screen.type("nas\n")
    assert screen.end() == 0
    assert daemon.requests[1].input == {"code": "K7QM", "fingerprint": FINGERPRINT, "target": "nas"}


@pytest.mark.parametrize("words", [("--target", "nas"), ("--no-input",)])
def test_names_are_not_asked_for_where_they_were_given_or_nothing_may_be_asked(folder, daemon, words):
    ending(daemon, "verified", 0)
    daemon.answers["approvals.show"] = ok({**CARD, "to_type": "nas"})
    screen = Screen(folder, "approvals", "approve", "K7QM", *words)
    assert screen.end() == 0
    assert "Type the names" not in screen.text
    assert daemon.requests[1].input.get("target", "") == ("nas" if "nas" in words else "")


def test_names_are_never_asked_for_in_a_pipe(folder, daemon):
    ending(daemon, "verified", 0)
    daemon.answers["approvals.show"] = ok({**CARD, "to_type": "nas"})
    ended = start(folder, "approvals", "approve", "K7QM", given="nas\n")
    assert "Type the names" not in ended.out + ended.err
    assert "target" not in daemon.last.input


def test_in_a_pipe_approving_returns_at_once(folder, daemon):
    ending(daemon, "verified", 0)
    ended = start(folder, "approvals", "approve", "K7QM")
    assert ended.code == 0
    assert "run-1" in ended.out
    assert [request.command for request in daemon.requests] == ["approvals.approve"]


def test_a_plan_that_waits_ends_with_12_and_is_not_followed(folder, daemon):
    daemon.answers["unit.restart"] = ok(CARD, 12)
    screen = Screen(folder, "unit", "restart", "nuc-2", "nginx.service")
    assert screen.end() == 12
    assert "next: steward approvals approve K7QM" in screen.text
    assert [request.command for request in daemon.requests] == ["unit.restart"]


def test_a_plan_that_a_grant_starts_at_once_is_followed(folder, daemon):
    ending(daemon, "verified", 0)
    daemon.answers["plan"] = ok({**CARD, "approval": None, "next": ""}, 0)
    screen = Screen(folder, "plan", "find-0123456789")
    assert screen.end() == 0
    assert "What was done" in screen.text


def test_a_dry_run_is_never_followed(folder, daemon):
    daemon.answers["unit.restart"] = ok({**CARD, "approval": None}, 0)
    assert Screen(folder, "unit", "restart", "nuc-2", "nginx.service", "--dry-run").end() == 0
    assert len(daemon.requests) == 1


def test_looking_at_a_run_does_not_follow_it(folder, daemon):
    daemon.answers["runs.show"] = ok(receipt_in("running"))
    assert Screen(folder, "runs", "show", "run-1").end() == 0
    assert len(daemon.requests) == 1


def test_leaving_while_following_says_that_the_run_goes_on(folder, daemon):
    ending(daemon, "verified", 0)
    hold = threading.Event()

    def logs(_request):
        yield LINES[0]
        hold.wait(60)
        yield ok({"run": run_in("verified")})

    daemon.answers["runs.logs"] = lambda request: Endless(logs(request))
    screen = Screen(folder, "approvals", "approve", "K7QM")
    screen.wait_for("run.started")
    code = screen.interrupt()
    hold.set()
    assert code == 130
    assert "The run goes on without this terminal." in screen.text
    assert "steward runs logs run-1 --follow" in screen.text


class Endless(list):
    """Replies that are made while they are sent."""

    def __init__(self, replies):
        super().__init__()
        self._replies = replies

    def __iter__(self):
        return self._replies


def test_a_stream_in_json_is_one_line_an_event(folder, daemon):
    daemon.answers["runs.logs"] = [*LINES, ok({"run": run_in("failed")}, 1)]
    ended = start(folder, "runs", "logs", "run-1", "--json")
    assert [json.loads(line) for line in ended.out.splitlines()] == [line.data for line in LINES]
    assert ended.code == 1


def test_the_closing_word_of_a_stream_does_not_mix_with_its_lines(folder, daemon):
    daemon.answers["audit.export"] = [Event(data={"seq": 1}), Event(data={"seq": 2}), ok({"rows": 2})]
    ended = start(folder, "audit", "export")
    assert ended.out == '{"seq":1}\n{"seq":2}\n'
    assert "Rows" in ended.err


def test_progress_is_one_line_on_a_terminal_and_gone_at_the_end(folder, daemon):
    daemon.answers["status"] = [Progress(text="reading nuc-2", step=1, of=2), ok({"sentence": "fine"})]
    screen = Screen(folder, "status")
    assert screen.end() == 0
    assert "1/2 reading nuc-2" in screen.raw
    assert "\r\x1b[K" in screen.raw[screen.raw.index("reading") :]
    assert start(folder, "status").err == ""


def test_output_writes_the_plan_as_json(folder, daemon):
    daemon.answers["plan"] = ok(CARD, 12)
    path = folder / "plan.json"
    ended = start(folder, "plan", "find-0123456789", "-o", str(path))
    assert ended.code == 12
    assert json.loads(path.read_text()) == PLAN
    ended = start(folder, "plan", "find-0123456789", "-o", str(folder / "no" / "plan.json"))
    assert ended.code == 1
    assert "cannot be written" in ended.err


def test_an_interrupt_ends_with_130_and_no_traceback(folder, daemon):
    hold = threading.Event()
    arrived = threading.Event()

    def slow(_request):
        arrived.set()
        hold.wait(60)
        return ok(None)

    daemon.answers["status"] = slow
    screen = Screen(folder, "status")
    assert arrived.wait(60)
    code = screen.interrupt()
    hold.set()
    assert code == 130
    assert "Traceback" not in screen.text
