"""Whatever starts work, on real machines: each kind of trigger that has a machine's side, once well and once not.

One Steward lives through it: it watches, is killed while things happen, comes back, and loses its machines for a while.
Signs of life, MQTT, Consul and signatures to the letter are tested where they stand alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import Operator
from tests.suites.sshd import free_port

pytestmark = pytest.mark.timeout(600)
PHOTOS, RELAY = "photo-index.service", "mail-relay.service"
ANSWER, SECRET = "/srv/queue.json", "a secret of thirty-two characters"
DROP_IN = "/etc/systemd/system/service.d/10-steward-failed.conf"
AWAY_SECONDS = 8
HOOKS = """\
hooks:
  - {name: signed, scheme: github, secret: secret://signed}
  - {name: open, scheme: none}
"""
# The relay stops, the index has no way to reload, and so the relay must run again.
WORKFLOW = f"""\
kind: Workflow
name: half-way
title: Stop at a step that fails
goal: the relay runs again
steps:
  - {{id: stop, command: unit.stop, on: m1, with: {{unit: {RELAY}}}}}
  - {{id: reload, command: unit.reload, on: m1, needs: [stop], with: {{unit: {PHOTOS}}}}}
"""
RESTART = "starts: {command: unit.restart, with: {machine: m1, unit: %s}}\n"
TRIGGERS = {
    "crashed": "kind: unit\nmachines: [m1]\nunits: ['photo-*']\n" + RESTART % "'${event.unit}'",
    "noticed": "kind: journal\nmachine: m2\ncontains: pending sectors\neverySeconds: 10\n",
    "scans": "kind: files\nfolder: {folder}/inbox\nsettleSeconds: 0\nmoveTo: {folder}/taken\n",
    "pushed": "kind: hook\nhook: signed\nevents: [push]\nstarts: {workflow: half-way}\n",
    "guessed": "kind: hook\nhook: open\nstarts: {workflow: half-way}\n",
    "shown": "kind: schedule\nschedule: {cron: '*/2 * * * * *'}\nmissed: skip\nstartWithin: 2s\n" + RESTART % RELAY,
    "queue": f"kind: condition\nmachine: m1\ncommand: cat {ANSWER}\neverySeconds: 10\n",
}


class Watched(Operator):
    """A Steward with triggers, and what tests ask it."""

    def post(self, path: str, body: bytes = b"", **headers: str) -> int:
        """Send a request as a machine of the house would, and return the status."""
        address = f"http://{self.environment['STEWARD_LISTEN']}{path}"
        request = urllib.request.Request(
            address, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def signed(self, body: bytes, key: str = SECRET) -> int:
        """Deliver a push as GitHub does."""
        mark = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return self.post("/hooks/signed", body, X_Hub_Signature_256=mark, X_GitHub_Event="push")

    def page(self, name: str) -> dict[str, Any]:
        """Return the page of a trigger."""
        found: dict[str, Any] = self.call("trigger", "show", name)
        return found

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return what came of a trigger, newest first."""
        found: list[dict[str, Any]] = self.page(name)["history"]
        return found

    def wait_rows(self, name: str, count: int, *, within: float = 60) -> list[dict[str, Any]]:
        """Wait until there are so many."""
        self.until(f"{name} has {count}", lambda: len(self.rows(name)) >= count, within=within)
        return self.rows(name)

    def wait_trouble(self, name: str, words: str, *, within: float = 60) -> None:
        """Wait until a trigger is in trouble for this."""
        self.until(f"{name} is in trouble: {words}", lambda: words in self.page(name)["trigger"]["why"], within=within)

    def wait_well(self, name: str, *, within: float = 90) -> None:
        """Wait until a trigger is in no trouble."""
        self.until(f"{name} is well", lambda: self.page(name)["trigger"]["state"] == "on", within=within)

    def approved(self, name: str) -> RunState:
        """Wait until the newest occurrence asks, say yes, and return how it ended."""
        self.until(f"{name} asks", lambda: self.wait_rows(name, 1)[0]["state"] == "asked")
        row = self.rows(name)[0]
        waiting = {one["run"]: one["code"] for one in self.call("status", ok=(0, 10, 11, 12))["waiting"]}
        self.approve(waiting[row["run"]])
        return self.wait_run(row["run"]).run.state


def say(lab: Lab, fire: object) -> None:
    """Let the queue of m1 say something, all of it at once: it may be asked at any moment."""
    text = json.dumps({"fire": True, "message": f"{fire} messages wait", "state": fire})
    lab.run("m1", ["sh", "-c", f"cat >{ANSWER}.new && mv {ANSWER}.new {ANSWER}"], stdin=text, check=True)


def crash(lab: Lab) -> None:
    lab.run("m1", ["systemctl", "restart", PHOTOS], check=True)
    lab.run("m1", ["systemctl", "kill", "--signal", "SEGV", PHOTOS], check=True)


def kept(lab: Lab) -> int:
    """Count what m1 keeps of failures."""
    return len(lab.run("m1", ["sh", "-c", "ls /var/lib/steward-failed 2>/dev/null"]).stdout.split())


@pytest.fixture(scope="module")
def steward(lab: Lab) -> Iterator[Watched]:
    """A Steward that watches m1 and m2, whose machines are as before afterwards."""
    lab.run("m2", ["usermod", "--append", "--groups", "systemd-journal", "steward"], check=True)
    say(lab, 1)
    made = Watched(lab)
    made.environment["STEWARD_LISTEN"] = f"127.0.0.1:{free_port()}"
    try:
        made.start()
        begin(made)
        yield made
    finally:
        for machine in ("m1", "m2"):
            lab.heal("network_cut", machine)
        made.close()
        lab.renew("m1", "m2")


def begin(steward: Watched) -> None:
    """Let m1 keep its failures by an approved plan, and write everything that triggers are."""
    steward.add("m1")
    steward.add("m2", level="watch", sudo=False)
    steward.approve((card := steward.ask("unit", "watch-failure", "m1"))["approval"]["code"])
    assert steward.wait_run(card["run"]).run.state is RunState.VERIFIED
    (steward.folder / "taken").mkdir()
    (steward.workspace / "hooks.yaml").write_text(HOOKS)
    (steward.folder / "secret").write_text(SECRET)
    steward.run("secrets", "set", "signed", "--value-file", str(steward.folder / "secret"), ok=(0,))
    (steward.workspace / "workflows").mkdir(exist_ok=True)
    (steward.workspace / "workflows" / "half-way.yaml").write_text(WORKFLOW)
    (steward.folder / "inbox").mkdir()
    (steward.workspace / "triggers").mkdir()
    for name, text in TRIGGERS.items():
        (steward.workspace / "triggers" / f"{name}.yaml").write_text(text.replace("{folder}", str(steward.folder)))
    steward.run("trigger", "add", str(steward.workspace / "triggers" / "scans.yaml"), ok=(0,))  # it moves files
    steward.wait_rows("queue", 1)


def test_a_service_that_fails_is_told_by_its_machine_and_started_again_after_a_yes(steward: Watched, lab: Lab) -> None:
    crash(lab)

    assert steward.approved("crashed") is RunState.VERIFIED
    assert lab.run("m1", ["systemctl", "is-active", PHOTOS]).stdout.strip() == "active"


def test_a_signed_delivery_starts_a_workflow_whose_failed_step_is_put_back(steward: Watched, lab: Lab) -> None:
    assert steward.signed(b'{"ref": "refs/heads/main"}') == 202

    assert steward.approved("pushed") is RunState.ROLLED_BACK
    assert lab.run("m1", ["systemctl", "is-active", RELAY]).stdout.strip() == "active"
    steward.until("the trigger tells it", lambda: steward.rows("pushed")[0]["is_good"] is False)


def test_a_wrong_signature_is_refused_and_what_is_not_signed_starts_nothing(steward: Watched) -> None:
    before = len(steward.rows("pushed"))

    assert steward.signed(b'{"ref": "refs/heads/other"}', key="guessed") == 401
    assert steward.post("/hooks/open", b"somebody was here") == 202
    time.sleep(2)

    assert len(steward.rows("pushed")) == before
    assert steward.rows("guessed") == []


def test_a_command_fires_when_what_it_says_changes_and_its_failure_is_told(steward: Watched, lab: Lab) -> None:
    before = len(steward.rows("queue"))
    say(lab, 41)
    steward.wait_rows("queue", before + 1)
    lab.run("m1", ["rm", ANSWER], check=True)

    steward.wait_trouble("queue", "the command failed")
    say(lab, 41)
    steward.wait_well("queue")

    assert len(steward.rows("queue")) == before + 1


def test_what_happened_while_steward_was_dead_is_found_afterwards(steward: Watched, lab: Lab) -> None:
    seen = {name: len(steward.rows(name)) for name in ("crashed", "noticed", "scans", "queue")}
    spooled = kept(lab)
    steward.kill()
    crash(lab)
    lab.run("m2", ["logger", "-t", "smartd", "sda has 8 pending sectors"], check=True)
    (steward.folder / "inbox" / "letter.pdf").write_text("a letter")
    say(lab, 99)
    steward.until("m1 keeps the failure by itself", lambda: kept(lab) > spooled)
    time.sleep(AWAY_SECONDS)
    steward.start()

    for name, count in seen.items():
        rows = steward.wait_rows(name, count + 1)
        assert len(rows) == count + 1, f"{name} was told twice"
    assert (steward.folder / "taken" / "letter.pdf").read_text() == "a letter"
    steward.until("the schedule tells what it missed", lambda: len(missed(steward)) >= AWAY_SECONDS // 2 - 1)


def missed(steward: Watched) -> list[dict[str, Any]]:
    history = steward.call("trigger", "history", "shown", "--limit", "500")["occurrences"]
    return [row for row in history if row["state"] == "missed" and row["reason"]]


def test_a_machine_that_cannot_be_reached_is_told_and_its_lines_are_read_later(steward: Watched, lab: Lab) -> None:
    before = len(steward.rows("noticed"))
    lab.fault("network_cut", "m2")
    steward.wait_trouble("noticed", "m2", within=90)
    lab.run("m2", ["logger", "-t", "smartd", "sdb has 1 pending sectors"], check=True)
    lab.heal("network_cut", "m2")

    steward.wait_rows("noticed", before + 1, within=120)
    steward.wait_well("noticed")


def test_a_file_whose_name_is_taken_stays_where_it_is(steward: Watched) -> None:
    before = len(steward.rows("scans"))
    (steward.folder / "taken" / "bill.pdf").write_text("the first")
    (steward.folder / "inbox" / "bill.pdf").write_text("the second")

    steward.wait_rows("scans", before + 1)

    assert (steward.folder / "inbox" / "bill.pdf").read_text() == "the second"
    assert (steward.folder / "taken" / "bill.pdf").read_text() == "the first"


def test_a_machine_whose_hook_was_removed_is_told(steward: Watched, lab: Lab) -> None:
    lab.run("m1", ["rm", DROP_IN], check=True)
    steward.run("machines", "check", "m1")

    steward.wait_trouble("crashed", "steward unit watch-failure m1")
