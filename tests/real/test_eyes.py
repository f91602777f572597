"""What Steward sees by itself on real machines: nothing on healthy ones, each fault on its own, nothing after it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.real.lab import Lab, LabError
from tests.real.operator import Operator

pytestmark = pytest.mark.timeout(600)  # the first test waits for all machines, on a busy host
MACHINES = ("m1", "m2", "m3", "m4", "m5", "m6", "d1")
LOUD = {"warning", "down", "unknown"}
SIDE_BY_SIDE = 3


@dataclass(frozen=True)
class Wrong:
    """A fault, and the finding that tells it."""

    fault: str
    machine: str
    check: str
    severity: str
    title: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """A fault that nothing is wrong with, and how the change feed tells it."""

    fault: str
    machine: str
    fact: str
    subject: str


WRONG = (
    Wrong("inode_full", "m1", "full_inodes", "down", ("/var/log", "inodes"), ("inodes_used_percent",)),
    Wrong("clock_skew", "m2", "wrong_clocks", "down", ("25 min", "ahead of"), ("difference_seconds", "shows")),
    Wrong("dead_mount", "m3", "stuck_network_mounts", "down", ("/srv/photos", "nas.home.arpa"), ("state", "source")),
    Wrong("absent_mount", "m3", "missing_mounts", "warning", ("/srv/archive", "not"), ("expected_options",)),
    Wrong("out_of_memory", "m4", "failed_units", "down", ("photo-thumbnails.service",), ("result",)),
    Wrong("cron_missed", "m5", "stopped_cron", "warning", ("cron", "m5"), ("program", "jobs_in_tables")),
    Wrong("timer_missed", "m5", "overdue_timers", "warning", ("photo-backup.timer", "6 d"), ("started_last",)),
    Wrong("security_update", "m6", "security_updates", "watch", ("1 security update",), ("update",)),
)
TOLD = (
    Told("new_port", "m4", "ports", "port tcp 8099"),
    Told("changed_file", "m5", "config_files", "file /etc/ssh/sshd_config.d/lab.conf"),
    Told("changed_image", "d1", "containers", "container web: image"),
)


@dataclass(frozen=True)
class Seen:
    """What Steward said three times: of healthy machines, of broken ones, of healed ones."""

    healthy: list[dict[str, Any]]
    broken: list[dict[str, Any]]
    healed: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    changed_again: list[dict[str, Any]]
    absent: dict[str, str]
    """Faults this host cannot have, each with the reason."""


@pytest.fixture(scope="module")
def eyes(operator: Operator, lab: Lab) -> Seen:
    """Look at all machines, break them all, look, heal them all, and look."""
    for machine in MACHINES:
        lab.run(machine, ["systemctl", "reset-failed"], check=True)  # what other tests left is not healthy
        operator.add(machine, "watch")
    look(operator)
    healthy = explained(operator)
    absent = broken_by(lab)
    try:
        look(operator)
        broken, changed = explained(operator), feed(operator)
    finally:
        heal(lab)
    look(operator)
    return Seen(
        healthy=healthy,
        broken=broken,
        healed=explained(operator),
        changed=changed,
        changed_again=feed(operator),
        absent=absent,
    )


def look(operator: Operator) -> None:
    """Read everything of every machine now, also what is read seldom."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda machine: operator.call("machines", "check", machine, "--afresh"), MACHINES))


def explained(operator: Operator) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator.call("why", ok=(0, 10, 11))["explained"]
    return found


def feed(operator: Operator) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = operator.call("changed", "--since", "1h")["changed"]
    return told


def broken_by(lab: Lab) -> dict[str, str]:
    absent: dict[str, str] = {}
    for one in (*WRONG, *TOLD):
        try:
            lab.fault(one.fault, one.machine)
        except LabError as error:
            absent[one.fault] = str(error)
    return absent


def heal(lab: Lab) -> None:
    for one in reversed((*WRONG, *TOLD)):
        lab.heal(one.fault, one.machine)


def lines(found: Iterable[dict[str, Any]]) -> list[str]:
    """Say findings as a person reads them in a report of a failed test."""
    return [f"{each['finding']['severity']} {each['finding']['check']}: {each['finding']['title']}" for each in found]


def skip_if_absent(seen: Seen, fault: str) -> None:
    if fault in seen.absent:
        pytest.skip(seen.absent[fault])


def test_nothing_is_wrong_on_healthy_machines(eyes: Seen) -> None:
    assert lines(each for each in eyes.healthy if each["finding"]["severity"] in LOUD) == []


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.fault)
def test_a_fault_is_found_with_its_evidence(eyes: Seen, wrong: Wrong) -> None:
    skip_if_absent(eyes, wrong.fault)
    fits = [each for each in eyes.broken if each["finding"]["check"] == wrong.check]
    assert [each["machine"] for each in fits] == [wrong.machine], lines(eyes.broken)
    finding = fits[0]["finding"]
    assert finding["severity"] == wrong.severity
    assert all(word in finding["title"] for word in wrong.title), finding["title"]
    assert set(wrong.evidence) <= {seen["name"] for seen in finding["evidence"]}
    assert len(finding["if_nothing"]) > 10


@pytest.mark.parametrize("told", TOLD, ids=lambda one: one.fault)
def test_a_change_is_told_with_its_machine_and_again_when_it_is_taken_back(eyes: Seen, told: Told) -> None:
    first, second = (
        [each for each in feed if each["machine"] == told.machine and each["difference"]["subject"] == told.subject]
        for feed in (eyes.changed, eyes.changed_again)
    )
    assert first, [each["difference"]["subject"] for each in eyes.changed]
    before, after = first[-1]["difference"]["before"], first[0]["difference"]["after"]
    assert before != after
    assert {each["difference"]["fact"] for each in first} == {told.fact}
    assert all(each["difference"]["author"] in {"unknown", "person"} for each in first)
    assert len(second) > len(first)
    assert second[0]["difference"]["after"] == before, "it was not put back"


def test_each_fault_is_found_and_nothing_else(eyes: Seen) -> None:
    known = {(one.check, one.machine) for one in WRONG}
    others = [
        each
        for each in eyes.broken
        if each["finding"]["severity"] in LOUD and (each["finding"]["check"], each["machine"]) not in known
    ]
    assert lines(others) == []


def test_nothing_is_left_after_the_faults(eyes: Seen) -> None:
    assert lines(each for each in eyes.healed if each["finding"]["severity"] in LOUD) == []
    checks = {(one.check, one.machine) for one in WRONG}
    left = [each for each in eyes.healed if (each["finding"]["check"], each["machine"]) in checks]
    assert lines(left) == []
