"""Power, backups and names: what is around services."""

from datetime import UTC, datetime
from typing import Any

import pytest

from steward.knowhow.facts.backups import BackupJob, Backups
from steward.knowhow.facts.certificates import Certificates
from steward.knowhow.facts.container_settings import Mounted
from steward.knowhow.facts.names import Names
from steward.knowhow.facts.ports import Listener, Ports
from steward.knowhow.facts.supplies import Supplies, Supply
from steward.knowhow.port_owners import port_owners
from steward.knowhow.relations.backups import repository_host
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.labs import edges, look, things, told
from tests.unit.knowhow.snapshots import disk, filesystems, recorded


def supply(**changes: Any) -> Supply:
    plain: dict[str, Any] = {
        "model": "Back-UPS 700", "status": ("OL",), "charge_percent": 100.0, "runtime_seconds": 900,
        "load_percent": 20.0, "trouble": "",
    }  # fmt: skip
    return Supply(**plain | changes)


def job(*sources: str, repositories: tuple[str, ...] = (), **changes: Any) -> Backups:
    plain: dict[str, Any] = {
        "kind": "unit", "program": "restic", "timers": (), "is_running": False, "has_failed": False, "says": "",
        "started_at": None, "succeeded_at": datetime(2026, 11, 20, tzinfo=UTC), "usual_seconds": None,
    }  # fmt: skip
    one = BackupJob(sources=sources, repositories=repositories, **plain | changes)
    return Backups(jobs={"restic.service": one}, is_journal_read=True)


def with_data(*sources: str, **facts: Any):
    mounts = tuple(Mounted(source=source, target="/data", is_writable=True) for source in sources)
    return look("nas", **seen(pair("photos", mounts=mounts)).values, **facts)


def test_a_machine_is_powered_by_its_supply() -> None:
    graph = told("supplies", look(supplies=Supplies(supplies={"apc": supply()})))
    assert edges(graph) == {"machine:nas is powered by supply:nas/apc"}
    assert graph.things[0].says == "Back-UPS 700, OL, 20 % load"


def test_a_supply_that_does_not_answer_is_neither_up_nor_down() -> None:
    told_things = things(told("supplies", look(supplies=Supplies(supplies={"apc": supply(trouble="no answer")}))))
    assert told_things == {"supply:nas/apc": ""}


def test_a_volume_below_a_copied_folder_is_backed_up_and_another_is_not() -> None:
    graph = told("backups", with_data("/srv/photos", "/opt/other", backups=job("/srv")))
    assert edges(graph) == {
        "backup:nas/restic.service runs on machine:nas",
        "volume:nas//srv/photos is backed up by backup:nas/restic.service",
    }


def test_a_folder_of_which_only_a_part_is_copied_is_not_called_backed_up() -> None:
    graph = told("backups", with_data("/srv/photos", backups=job("/srv/photos/thumbnails", "/")))
    assert not any("backed up" in edge for edge in edges(graph))


def test_a_filesystem_that_is_copied_whole_is_backed_up() -> None:
    held = filesystems(disk(1.0), disk(1.0, mount_point="/srv", source="/dev/sdb1"))
    graph = told("backups", look(backups=job("/srv"), filesystems=held))
    assert "storage:nas/filesystem /srv is backed up by backup:nas/restic.service" in edges(graph)


def test_a_job_needs_the_machine_it_copies_to_and_is_down_when_it_failed() -> None:
    jobs = job("/srv", repositories=("sftp:backup@box:/srv/restic",), has_failed=True)
    graph = told("backups", look(backups=jobs), look("box"))
    assert "backup:nas/restic.service needs machine:box" in edges(graph)
    assert things(graph) == {"backup:nas/restic.service": "down"}


@pytest.mark.parametrize(
    ("repository", "host"),
    [
        ("sftp:me@nas:/backup", "nas"),
        ("ssh://borg@nas.lan:2222/./repo", "nas.lan"),
        ("rest:http://nas:8000/box", "nas"),
        ("borg@nas:repo", "nas"),
        ("/mnt/backup", ""),
        ("s3:s3.example.com/bucket", ""),
        ("b2:bucket:path", ""),
        ("repo", ""),
        ("", ""),
    ],
)
def test_the_host_of_a_repository_is_read_from_its_address(repository: str, host: str) -> None:
    assert repository_host(repository) == host


def test_a_served_name_belongs_to_the_container_that_publishes_the_port() -> None:
    served = recorded(certificates="debian_12_nginx_certbot").values.get("certificates")
    assert isinstance(served, Certificates)
    one = next(iter(served.served.values()))
    certificates = Certificates(
        served={"photos.lan:8080": one, "10.0.0.1:8080": one, "8080": one}, files={}, configured=(), unreadable=(),
        renewals=(), certbot="", is_renewed_by_cron=False,
    )  # fmt: skip
    names = Names(answers={"photos.lan": {"10.0.0.1": ("10.0.0.5",), "10.0.0.2": ()}})
    graph = told("names", look(**seen(pair("proxy")).values, certificates=certificates, names=names))
    assert edges(graph) == {"service:nas/proxy is named by name:photos.lan"}
    assert [(thing.name, thing.says) for thing in graph.things] == [("photos.lan", "10.0.0.5")]


def test_a_port_belongs_to_a_container_a_unit_or_a_container_in_the_network_of_the_machine() -> None:
    inside = pair("hub", 2, network_mode="host", state={"ports": ()})
    listening = [(8080, "docker.service"), (80, "nginx.service"), (8123, f"docker-{inside[0].id}.scope"), (9, "")]
    found = {
        f"tcp {port} *": Listener(protocol="tcp", port=port, address="*", device="", unit=unit, program="")
        for port, unit in listening
    }
    owners = port_owners(look(**seen(pair("web"), inside).values, ports=Ports(listeners=found)))
    assert owners == {("tcp", 8080): "web", ("tcp", 80): "nginx", ("tcp", 8123): "hub"}
