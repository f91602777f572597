"""What measures take from recorded facts, and what holds for every measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.app.plugins import load_know_how
from steward.core.line_probes import ask, probe_of
from steward.model.fact import Snapshot
from tests.unit.knowhow.snapshots import MACHINE, container, containers, recorded, snapshot, unit, units

MEASURES = {measure.name: measure for measure in load_know_how().measures}
RECORDED = recorded(
    account_states="debian_12_root",
    accounts="debian_12_root",
    arrays="degraded",
    backing_devices="debian_12_grown",
    backups="debian_12_borgmatic_restic",
    certificates="renewed_and_not_loaded",
    clock="fedora_chrony",
    config_files="debian_12",
    disk_health="debian_12_healthy",
    disks="proxmox_8_sata_sas_nvme",
    filesystems="proxmox_zfs",
    journal="debian_12",
    load="proxmox_8",
    memory="debian_12",
    network_mounts="stuck",
    os="debian_12_root",
    packages="debian_12",
    pools="degraded_with_damage",
    ports="debian_12_root",
    sensors="intel_server",
    supplies="nut_2_8_on_battery",
    updates="ubuntu_24_04_esm",
)
MADE = {
    "units": units(unit(), unit("broken.service", active_state="failed")),
    "containers": containers(container(), container(name="db", state="exited", health="unhealthy")),
}
SEEN = replace(RECORDED, values={**RECORDED.values, **MADE})
NO_ANSWER = "there is no such thing, or the machine does not tell"


@pytest.mark.parametrize(
    ("measure", "shown"),
    [
        ("ARRAY_STATE md0", '"degraded"'),
        ("ARRAY_STATE /dev/md9", '"absent"'),
        ("BACKUP_AGE_HOURS", "9.4"),
        ("BACKUP_AGE_HOURS borgmatic.service", "9.4"),
        ("BACKUP_AGE_HOURS nothing", None),
        ("BLOCK_DEVICE sdb", "true"),
        ("BLOCK_DEVICE /dev/sdb", "true"),
        ("BLOCK_DEVICE Z4000003", "true"),
        ("BLOCK_DEVICE sdz", "false"),
        ("BLOCK_DEVICE_GB sdb", "4000.8"),
        ("BLOCK_DEVICE_GB sdz", "0"),
        ("CERT_DAYS", "5"),
        ("CERT_DAYS wiki.example.org", "5"),
        ("CERT_DAYS wiki.example.org:443", "5"),
        ("CERT_DAYS www.photos.example.org", "57"),
        ("CERT_DAYS /etc/letsencrypt/live/wiki.example.org/fullchain.pem", "65"),
        ("CERT_DAYS cloud.example.org", None),
        ("CLOCK_OFFSET_MS", "0.012"),
        ("CLOCK_SYNCHRONIZED", "true"),
        ("CONFIG_FILE /etc/exports", '"absent"'),
        ("CONTAINER web", '"running"'),
        ("CONTAINER nothing", '"absent"'),
        ("CONTAINER_HEALTH web", '"none"'),
        ("CONTAINER_HEALTH db", '"unhealthy"'),
        ("DISK_COUNT", "4"),
        ("DISK_FREE_PERCENT", "94.9"),
        ("DISK_FREE_PERCENT /", "94.9"),
        ("DISK_FREE_PERCENT /var/lib", "94.9"),
        ("DISK_FREE_PERCENT /rpool/data/vm", "100.0"),
        ("DISK_HEALTH sda", '"passed"'),
        ("DISK_HEALTH S3Z0000005", '"passed"'),
        ("DISK_HEALTH sdz", '"absent"'),
        ("FAILED_UNITS", "1"),
        ("INODES_FREE_PERCENT", "99.9"),
        ("LOAD 15", "0.79"),
        ("LOAD 7", None),
        ("LOAD_PER_PROCESSOR", "0.06"),
        ("MEMORY_FREE_PERCENT", "96.1"),
        ("MOUNTED /rpool", "true"),
        ("MOUNTED /var", "false"),
        ("NETWORK_MOUNT /srv/media", '"hangs"'),
        ("NETWORK_MOUNT /mnt/nas", '"absent"'),
        ("POOL_FREE_PERCENT tank", "3.0"),
        ("POOL_STATE rpool", '"DEGRADED"'),
        ("POOL_STATE nothing", '"absent"'),
        ("PORT 22", "true"),
        ("PORT tcp 22", "true"),
        ("PORT udp 22", "false"),
        ("REBOOT_NEEDED", "false"),
        ("SECURITY_UPDATES", "2"),
        ("SWAP_USED_PERCENT", "0.0"),
        ("TEMPERATURE nvme", "84.8"),
        ("TEMPERATURE nothing", None),
        ("UNIT nginx.service", '"active"'),
        ("UNIT nginx", '"active"'),
        ("UNIT nothing.service", '"absent"'),
        ("UPDATES", "3"),
        ("UPS_CHARGE", "62.0"),
        ("UPS_ON_BATTERY", "true"),
        ("UPS_ON_BATTERY nothing", None),
        ("UPTIME_HOURS", "1.5"),
        ("USER alice", "true"),
        ("USER nobody", "false"),
    ],
)
def test_a_measure_is_what_the_recorded_machine_told(measure: str, shown: str | None):
    holds, seen = ask(f"dyn([{measure}]) != null", SEEN, MEASURES)
    assert seen == (f"[{measure}] is {shown}" if shown else f"[{measure}]: {NO_ANSWER}")
    assert holds is (True if shown else None)


def test_no_measure_is_left_without_a_recorded_case():
    assert {measure.fact.name for measure in MEASURES.values()} == set(SEEN.values)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_the_example_of_a_measure_uses_it_and_can_be_asked(name: str):
    example = MEASURES[name].example
    probe_of(example, MACHINE.id, MEASURES)
    _, seen = ask(example, SEEN, MEASURES)
    assert f"[{name}" in example
    assert f"[{name}" in seen
    assert "mistake" not in seen


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_measure_says_what_it_is_and_what_may_follow_it(name: str):
    measure = MEASURES[name]
    assert measure.summary.endswith(".")
    assert measure.argument or not measure.is_argument_needed
    assert name.isupper()


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_fact_that_could_not_be_read_gives_no_answer_and_never_a_value(name: str):
    fact = MEASURES[name].fact.name
    blind = Snapshot(machine=MACHINE, at=SEEN.at, unread={fact: "not permitted"})
    assert ask(MEASURES[name].example, blind, MEASURES)[0] is None


def test_a_certificate_that_has_ended_has_days_below_zero():
    later = replace(SEEN, at=SEEN.at + timedelta(days=30))
    assert ask("[CERT_DAYS] < 0", later, MEASURES) == (True, "[CERT_DAYS] is -25")


def test_a_backup_that_never_ended_well_has_no_age():
    jobs = SEEN.values["backups"].jobs
    never = {**jobs, "borgmatic.service": replace(jobs["borgmatic.service"], succeeded_at=None)}
    seen = snapshot(backups=replace(SEEN.values["backups"], jobs=never))
    assert ask("[BACKUP_AGE_HOURS] < 26", seen, MEASURES)[0] is None
    assert ask("[BACKUP_AGE_HOURS restic-docs.service] < 26", seen, MEASURES)[0] is True
