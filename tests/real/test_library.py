"""Every shipped workflow on real machines: once good, once with one thing broken in the middle.

What a container cannot do is skipped by its name: there is no disk to pull, and whether a container was restarted
cannot be told from within. A power supply, a certificate authority and a bigger disk are real programs and devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from steward.model.receipt import Receipt
from steward.model.run import RunState
from tests.real.lab import Lab
from tests.real.operator import SUDOERS, Operator
from tests.real.parts import issuer
from tests.real.parts.installing import install
from tests.real.parts.power import PowerSupply

pytestmark = pytest.mark.timeout(600)  # programs are installed on three machines, on a busy host
Break = Callable[[str, str], None]
PHOTOS, RELAY, TOOLS = "photo-index.service", "mail-relay.service", "photo-tools"
JOB = "photo-backup.service"
USED = ("m1", "m2", "m3", "d1")
WITHOUT_PARTS = {
    "disk-replacement": "a disk that can be pulled out of an array: the host's kernel has no md",
    "node-reboot": "a kernel of its own, whose boot has another id",
    "restart-if-wanted": "a kernel of its own, whose boot has another id",
}
"""What the lab's machines lack, by workflow."""
ESCALATED = {RunState.FAILED, RunState.ROLLBACK_FAILED, RunState.UNVERIFIED}
"""Ends at which a person is told what is left as it is."""


@pytest.fixture(scope="module")
def renewed(lab: Lab) -> Iterator[None]:
    """What is installed and cleaned up here stays on no machine."""
    yield
    lab.renew(*USED)


@pytest.fixture(scope="module")
def installing(renewed: None, lab: Lab) -> Iterator[dict[str, Future[Any]]]:
    """The parts of three machines, which are installed side by side."""
    with ThreadPoolExecutor() as pool:
        yield {
            "xfs": pool.submit(install, lab, "d1", ("xfsprogs",)),
            "ups": pool.submit(PowerSupply.connected, lab, "m2"),
            "issuer": pool.submit(issuer.issue, lab, "m3"),
        }


@pytest.fixture(scope="module")
def steward(installing: dict[str, Future[Any]], operator: Operator, lab: Lab) -> Operator:
    """A Steward that may act on m1 and m2, with an account of somebody who leaves."""
    lab.run("m1", ["useradd", "--create-home", "--groups", "users,audio", "anna"], check=True)
    lab.run("m1", ["sh", "-c", "echo anna:a-long-word | chpasswd"], check=True)
    operator.add("m1")
    operator.add("m2")
    return operator


@pytest.fixture(scope="module")
def broken_chain(steward: Operator, lab: Lab) -> tuple[str, str]:
    """A run on m2 whose first service never comes back, and the process of the second before it.

    A minute and a half is waited for the first, beside other tests.
    """
    lab.fault("broken_unit", "m2")
    before = shown(lab, "m2", "systemctl", "show", "-P", "MainPID", PHOTOS)
    return begin(steward, "service-restart-chain", machine="m2", units=f"{RELAY},{PHOTOS}"), before


@pytest.fixture(scope="module")
def supply(installing: dict[str, Future[Any]], steward: Operator) -> PowerSupply:
    """The power supply that m2 talks to."""
    connected: PowerSupply = installing["ups"].result()
    return connected


@pytest.fixture(scope="module")
def served(installing: dict[str, Future[Any]], steward: Operator) -> str:
    """The name for which m3 serves a certificate that has ten days left."""
    installing["issuer"].result()
    steward.add("m3")
    return issuer.DOMAIN


MAKE_DATA = """
mkdir -p /srv/data
truncate -s 320M /srv/data.img
mkfs.xfs -q /srv/data.img
number=$(losetup --find | tr -dc 0-9)
[ -b "/dev/loop$number" ] || mknod "/dev/loop$number" b 7 "$number"
losetup "/dev/loop$number" /srv/data.img
mount "/dev/loop$number" /srv/data
echo "/dev/loop$number"
"""
"""XFS, for ext4 grows in use only where the kernel grants CAP_SYS_RESOURCE, which containers seldom have."""


@pytest.fixture(scope="module")
def storage(installing: dict[str, Future[Any]], steward: Operator) -> None:
    """Let Steward act on d1, which can grow an XFS."""
    installing["xfs"].result()
    steward.add("d1")


@pytest.fixture
def data(storage: None, lab: Lab) -> Iterator[str]:
    """An XFS of 320 MB on a loop device of d1, as /srv/data."""
    made = lab.run("d1", ["sh", "-ec", MAKE_DATA])
    if made.returncode != 0:
        pytest.skip(f"d1 gives no XFS on a loop device: {made.stderr.strip()[-200:]}")
    device = made.stdout.split()[-1]
    yield device
    lab.run("d1", ["umount", "/srv/data"])
    lab.run("d1", ["losetup", "--detach", device])
    lab.run("d1", ["rm", "-rf", "/srv/data", "/srv/data.img"])


def planned(steward: Operator, name: str, **given: object) -> dict[str, Any]:
    """Plan a shipped workflow and return the card that waits."""
    words = [word for key, value in given.items() for word in ("--input", f"{key}={value}")]
    card: dict[str, Any] = steward.call("workflow", "run", name, *words, ok=(12,))
    return card


def begin(steward: Operator, name: str, **given: object) -> str:
    """Plan a shipped workflow, approve it, and return its run."""
    card = planned(steward, name, **given)
    steward.approve(card["approval"]["code"])
    return str(card["run"])


def ended(steward: Operator, name: str, **given: object) -> Receipt:
    return steward.wait_run(begin(steward, name, **given), within=240)


def wait_hold(steward: Operator, run: str, hold: str) -> None:
    """Wait until a run waits for this."""

    def is_open() -> bool:
        told = steward.call("runs", "show", run)["run"]
        assert told["ended"] is None, f"{run} ended as {told['state']} before it came to {hold}: {told['reason']}"
        found = steward.call("holds", "ls", run)["holds"]
        return any((one["hold"]["id"], one["record"]["state"]) == (hold, "open") for one in found)

    steward.until(f"{run} waits for {hold}", is_open, within=120)


def answer(steward: Operator, run: str, hold: str, **fields: str) -> None:
    """Wait until a run asks this, and answer it."""
    wait_hold(steward, run, hold)
    steward.call(
        "holds", "answer", run, hold, *(word for name, value in fields.items() for word in ("--set", f"{name}={value}"))
    )


def refuse(steward: Operator, run: str, hold: str) -> None:
    """Wait until a run asks this, and say no."""
    wait_hold(steward, run, hold)
    steward.call("holds", "refuse", run, hold)


def insert(steward: Operator, lab: Lab, run: str, device: str) -> None:
    """Do what the physical step asks, make the device bigger, and say so."""
    answer(steward, run, "buy")
    wait_hold(steward, run, "install")
    lab.run("d1", ["truncate", "-s", "640M", "/srv/data.img"], check=True)
    lab.run("d1", ["losetup", "--set-capacity", device], check=True)
    steward.call("holds", "done", run, "install")


def shown(lab: Lab, machine: str, *argv: str) -> str:
    """Look from outside, not through Steward."""
    return lab.run(machine, list(argv)).stdout.strip()


def size_of(lab: Lab) -> int:
    return int(shown(lab, "d1", "df", "--output=size", "--block-size=1M", "/srv/data").split()[-1])


def shadow(lab: Lab) -> str:
    return shown(lab, "m1", "getent", "shadow", "anna")


@pytest.mark.parametrize("name", sorted(WITHOUT_PARTS))
def test_what_the_lab_lacks_is_named(name: str) -> None:
    pytest.skip(f"{name} needs {WITHOUT_PARTS[name]}, which a machine of the lab has not")


@pytest.mark.usefixtures("broken_chain")
def test_a_container_is_not_restarted_for_nothing_could_prove_it(steward: Operator) -> None:
    error = steward.refuse("workflow", "run", "node-reboot", "--input", "machines=m1", code=2)

    assert "whether it was restarted cannot be told" in str(error)


def test_updates_are_installed_in_rings_and_services_run_again(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("security_update", "m1")

    receipt = ended(steward, "weekly-updates", first="m1", drain=PHOTOS, restart="false", settle="false")

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert shown(lab, "m1", "dpkg-query", "-W", "-f", "${Version}", TOOLS) == "1.0-1+deb12u1"
    assert shown(lab, "m1", "systemctl", "is-active", PHOTOS) == "active"


def test_an_update_that_cannot_be_installed_gives_the_service_back(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("security_update", "m1")
    spoil = f"for file in /srv/security-mirror/{TOOLS}_*deb12u1*.deb; do echo spoiled > $file; done"
    keep = f"cp /srv/security-mirror/{TOOLS}_1.0-1_all.deb /var/cache/apt/archives/"
    lab.run("m1", ["sh", "-ec", f"{spoil}; {keep}"], check=True)

    receipt = ended(steward, "weekly-updates", first="m1", drain=PHOTOS, restart="false", settle="false")

    assert receipt.run.state is RunState.ROLLED_BACK, receipt.run.reason
    assert shown(lab, "m1", "systemctl", "is-active", PHOTOS) == "active"
    assert shown(lab, "m1", "dpkg-query", "-W", "-f", "${Version}", TOOLS) == "1.0-1"


def test_services_restart_one_after_the_other(steward: Operator, lab: Lab) -> None:
    before = shown(lab, "m1", "systemctl", "show", "-P", "MainPID", PHOTOS)

    receipt = ended(steward, "service-restart-chain", machine="m1", units=f"{RELAY},{PHOTOS}")

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert shown(lab, "m1", "systemctl", "show", "-P", "MainPID", PHOTOS) != before
    at = {step.step: step for step in receipt.steps}
    first, second = sorted(at)
    assert at[first].ended_at is not None
    assert at[second].intent_at is not None
    assert at[first].ended_at < at[second].intent_at


def test_logs_and_packages_are_cleaned(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("disk_full", "m1")

    receipt = ended(steward, "log-clean-up", machines="m1", keep_megabytes=8)

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert shown(lab, "m1", "find", "/var/cache/apt/archives", "-name", "*.deb") == ""


def test_what_was_cleaned_before_a_failure_is_told_as_lost(steward: Operator, lab: Lab, fault: Break) -> None:
    fault("disk_full", "m1")
    rights = lab.run("m1", ["cat", SUDOERS], check=True).stdout
    run = _begun_without(steward, lab, rights, "apt-get clean", "log-clean-up", machines="m1", keep_megabytes=8)

    receipt = steward.wait_run(run, within=240)
    steward.give_rights("m1", rights.splitlines())

    assert receipt.run.state in ESCALATED, receipt.run.reason
    assert shown(lab, "m1", "find", "/var/cache/apt/archives", "-name", "*.deb") != ""


def test_an_account_is_closed_and_can_be_opened_again(steward: Operator, lab: Lab) -> None:
    password, groups = shadow(lab).split(":")[1], shown(lab, "m1", "id", "-Gn", "anna")
    assert "audio" in groups

    receipt = ended(steward, "user-offboarding", machines="m1", account="anna", end_sessions="false")

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert shadow(lab).split(":")[1] == f"!{password}"
    assert shadow(lab).split(":")[7] == "1"
    assert shown(lab, "m1", "id", "-Gn", "anna") == "anna"
    undo = steward.call("undo", receipt.run.id, ok=(12,))
    steward.approve(undo["approval"]["code"])
    undone = steward.wait_run(undo["run"])
    assert undone.run.state is RunState.VERIFIED, undone.run.reason
    assert shadow(lab).split(":")[1] == password
    assert set(shown(lab, "m1", "id", "-Gn", "anna").split()) == set(groups.split())


def test_an_account_that_cannot_leave_its_groups_is_opened_again(steward: Operator, lab: Lab) -> None:
    before = shadow(lab)
    rights = lab.run("m1", ["cat", SUDOERS], check=True).stdout
    run = _begun_without(
        steward,
        lab,
        rights,
        "gpasswd --delete",
        "user-offboarding",
        machines="m1",
        account="anna",
        end_sessions="false",
    )

    receipt = steward.wait_run(run, within=240)
    steward.give_rights("m1", rights.splitlines())

    assert receipt.run.state is RunState.ROLLED_BACK, receipt.run.reason
    assert shadow(lab).split(":")[1] == before.split(":")[1]
    assert "audio" in shown(lab, "m1", "id", "-Gn", "anna")


def test_a_filesystem_grows_onto_a_bigger_disk(steward: Operator, lab: Lab, data: str) -> None:
    before = size_of(lab)
    steward.run("machines", "check", "d1")
    run = begin(steward, "storage-expansion", machine="d1", place="/srv/data", device_gb=0.6, free_percent=50)
    insert(steward, lab, run, data)

    receipt = steward.wait_run(run, within=240)

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert size_of(lab) > before * 1.5


def test_a_filesystem_that_cannot_grow_stays_as_it_was(steward: Operator, lab: Lab, data: str) -> None:
    before = size_of(lab)
    steward.run("machines", "check", "d1")
    run = begin(steward, "storage-expansion", machine="d1", place="/srv/data", device_gb=0.6, free_percent=50)
    program = shown(lab, "d1", "sh", "-c", "readlink -f $(command -v xfs_growfs)")
    lab.run("d1", ["chmod", "0", program], check=True)
    try:
        insert(steward, lab, run, data)
        receipt = steward.wait_run(run, within=240)
    finally:
        lab.run("d1", ["chmod", "755", program], check=True)

    assert receipt.run.state in ESCALATED, receipt.run.reason
    assert size_of(lab) == before


def test_a_restore_is_rehearsed_by_a_person(steward: Operator) -> None:
    run = begin(steward, "restore-drill", machine="m1", job=JOB)
    answer(steward, run, "restore", came_back="true", minutes="3")

    receipt = steward.wait_run(run, within=240)

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason


def test_a_restore_that_did_not_come_back_ends_the_drill_as_failed(steward: Operator) -> None:
    run = begin(steward, "restore-drill", machine="m1", job=JOB)
    answer(steward, run, "restore", came_back="false", minutes="3")
    refuse(steward, run, "judge")

    receipt = steward.wait_run(run, within=240)

    assert receipt.run.state is not RunState.VERIFIED


def test_a_service_that_does_not_come_back_ends_the_chain(
    steward: Operator, broken_chain: tuple[str, str], lab: Lab
) -> None:
    run, before = broken_chain

    receipt = steward.wait_run(run, within=240)
    lab.heal("broken_unit", "m2")

    assert receipt.run.state is RunState.ROLLED_BACK, receipt.run.reason
    assert shown(lab, "m2", "systemctl", "show", "-P", "MainPID", PHOTOS) == before, "the second was restarted too"


def test_a_power_cut_is_rehearsed(steward: Operator, supply: PowerSupply, lab: Lab) -> None:
    run = begin(steward, "ups-rehearsal", machine="m2", shed=PHOTOS, carry="false")
    answer(steward, run, "ask")
    wait_hold(steward, run, "cut")
    supply.pull_plug(charge=80)
    wait_hold(steward, run, "power")
    assert shown(lab, "m2", "systemctl", "is-active", PHOTOS) == "inactive"
    supply.plug_in()

    receipt = steward.wait_run(run, within=240)

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert shown(lab, "m2", "systemctl", "is-active", PHOTOS) == "active"


def test_a_battery_that_gives_out_ends_the_rehearsal_and_what_stopped_runs_again(
    steward: Operator, supply: PowerSupply, lab: Lab
) -> None:
    steward.run("machines", "check", "m2")
    run = begin(steward, "ups-rehearsal", machine="m2", shed=PHOTOS, carry="false")
    answer(steward, run, "ask")
    wait_hold(steward, run, "cut")
    supply.pull_plug(charge=20)

    receipt = steward.wait_run(run, within=240)
    supply.plug_in()

    assert receipt.run.state is RunState.ROLLED_BACK, receipt.run.reason
    assert shown(lab, "m2", "systemctl", "is-active", PHOTOS) == "active"


def test_a_certificate_is_renewed_by_its_authority_and_served(steward: Operator, served: str, lab: Lab) -> None:
    issuer.age(lab, "m3")
    before = serial(lab)

    receipt = ended(steward, "certificate-renewal", machine="m3", certificate=served, served=f"{served}:443")

    assert receipt.run.state is RunState.VERIFIED, receipt.run.reason
    assert serial(lab) not in {"", before}


def test_a_certificate_that_was_renewed_and_is_not_served_is_told(steward: Operator, served: str, lab: Lab) -> None:
    issuer.age(lab, "m3")
    before = serial(lab)
    card = planned(steward, "certificate-renewal", machine="m3", certificate=served, served=f"{served}:443")
    lab.run("m3", ["sh", "-c", f"echo broken >>{issuer.SITE}"], check=True)
    steward.approve(card["approval"]["code"])

    receipt = steward.wait_run(card["run"], within=240)

    assert receipt.run.state in ESCALATED, receipt.run.reason
    assert "stays in certbot's archive" in receipt.run.reason
    assert serial(lab) == before
    assert shown(lab, "m3", "systemctl", "is-active", "nginx") == "active"


def serial(lab: Lab) -> str:
    """Ask nginx which certificate it serves."""
    served = f"openssl s_client -connect 127.0.0.1:443 -servername {issuer.DOMAIN} </dev/null 2>/dev/null"
    return shown(lab, "m3", "sh", "-c", f"{served} | openssl x509 -noout -serial")


def _begun_without(steward: Operator, lab: Lab, rights: str, missing: str, name: str, **given: Any) -> str:
    """Begin a workflow on m1 whose rights lack the lines with these words by the time it acts."""
    card = planned(steward, name, **given)
    left = [line for line in rights.splitlines() if missing not in line]
    assert len(left) < len(rights.splitlines()), f"no line of sudoers has `{missing}`"
    steward.give_rights("m1", left)
    steward.approve(card["approval"]["code"])
    return str(card["run"])
