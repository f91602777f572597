"""What machines show others: ports, certificates, names and images; and a healthy lab, which shows nothing wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.knowhow.facts.certificates import Certificate, Certificates
from steward.knowhow.facts.image_tags import ImageTags, RegistryTags
from steward.knowhow.facts.images import EngineImages, Image, Images
from steward.knowhow.facts.outside_certificates import OutsideCertificate, OutsideCertificates
from steward.knowhow.facts.outside_names import OutsideName, OutsideNames
from steward.knowhow.facts.outside_ports import OutsidePort, OutsidePorts
from steward.knowhow.facts.ports import Listener, Ports
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from steward.model.machine import Transport
from tests.unit.knowhow.snapshots import MACHINE, NOW, container, containers, found_by, snapshot

LAN, PUBLIC = "192.168.7.5", "8.8.4.4"
DIGEST = "sha256:" + "1" * 64


def tried(port: int, reach: str = "reached", *, peer: str = LAN, lets_in: bool | None = None) -> OutsidePort:
    return OutsidePort(port=port, reach=reach, peer=peer, is_open_to_all=lets_in, said="")


def outside(*ports: OutsidePort) -> OutsidePorts:
    return OutsidePorts(ports={f"tcp {one.port}": one for one in ports})


def listening(*ports: int) -> Ports:
    found = [
        Listener(protocol="tcp", port=port, address="0.0.0.0", device="", unit="x.service", program="")
        for port in ports
    ]
    return Ports(listeners={f"{one.name} {one.address}": one for one in found})


@pytest.mark.parametrize(
    ("port", "severity"),
    [
        (tried(6379, lets_in=True), Severity.WARNING),
        (tried(2375, lets_in=True), Severity.WARNING),
        (tried(5900, lets_in=True), Severity.WARNING),
        (tried(6379, lets_in=False), None),
        (tried(6379), None),
        (tried(445), None),
        (tried(2049), None),
        (tried(3389), None),
        (tried(8006), None),
        (tried(5432), None),
        (tried(23), Severity.WATCH),
        (tried(5432, peer=PUBLIC), Severity.WARNING),
        (tried(445, peer=PUBLIC), Severity.WARNING),
        (tried(8006, peer="2606:4700::1111"), Severity.WARNING),
        (tried(443, peer=PUBLIC), None),
        (tried(445, peer="100.64.3.4"), None),
        (tried(445, peer="fd00::5"), None),
        (tried(5432, "refused", peer=PUBLIC), None),
        (tried(2375, "silent"), None),
    ],
)
def test_only_what_lets_anybody_in_or_stands_open_to_the_internet_is_found(
    port: OutsidePort, severity: Severity | None
) -> None:
    found = found_by("reachable_ports", snapshot(outside_ports=outside(port)))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_what_was_reached_is_said() -> None:
    redis = replace(tried(6379, lets_in=True), said="+PONG")
    (found,) = found_by("reachable_ports", snapshot(outside_ports=outside(redis))).values()
    assert found.title == "Redis on m1 answers whoever reaches it and asks nobody who they are (port 6379)"
    assert {one.name: one.value for one in found.evidence} == {"port": 6379, "reached_at": LAN, "said": "+PONG"}


@pytest.mark.parametrize(
    ("answer", "severity"),
    [
        (None, Severity.WARNING),
        (tried(6379), Severity.WARNING),
        (tried(6379, "unknown"), Severity.WARNING),
        (tried(6379, lets_in=False), Severity.WATCH),
        (tried(6379, "silent"), Severity.WATCH),
        (tried(6379, "refused"), Severity.WATCH),
        (tried(6379, lets_in=True), None),
        (tried(6379, peer=PUBLIC), None),
    ],
)
def test_one_port_is_not_told_twice_and_one_that_is_held_back_less_loudly(
    answer: OutsidePort | None, severity: Severity | None
) -> None:
    seen: dict[str, Any] = {"ports": listening(6379)} | ({"outside_ports": outside(answer)} if answer else {})
    found = found_by("exposed_ports", snapshot(**seen))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])
    if severity is None:
        assert len(found_by("reachable_ports", snapshot(**seen))) == 1


def hours_ago(hours: float, value: float = 1.0) -> Point:
    return Point(at=NOW - timedelta(hours=hours), low=value, mean=value, high=value)


def reached_for(port_hours: float, looks_hours: float, listens_hours: float | None = 900.0) -> Snapshot:
    """Return a machine that lists what listens; the port is tried since it is reached."""
    points: dict[str, Any] = {
        "outside_ports": {"looks": (hours_ago(looks_hours),), "tcp 8080": (hours_ago(port_hours),)}
    }
    points |= {} if listens_hours is None else {"ports": {"tcp 8080": (hours_ago(listens_hours),)}}
    seen = snapshot(outside_ports=outside(tried(8080)), ports=listening(8080))
    return replace(seen, past=Past(points=points))


def watched(*points: Point, looks_hours: float = 400.0) -> Snapshot:
    """Return a machine that is only watched, of which the port was reached or not at these times."""
    past = Past(points={"outside_ports": {"looks": (hours_ago(looks_hours),), "tcp 8080": points}})
    return replace(snapshot(outside_ports=outside(tried(8080))), past=past)


@pytest.mark.parametrize(
    ("seen", "is_new"),
    [
        (reached_for(3, 100), True),
        (reached_for(3, 100, None), True),
        (reached_for(0.4, 100), False),
        (reached_for(167, 400), True),
        (reached_for(169, 400), False),
        (reached_for(10, 33), False),
        (reached_for(10, 35), True),
        (reached_for(3, 100, 3.5), False),
        (reached_for(100, 100), False),
        (watched(hours_ago(50, 0.0), hours_ago(3)), True),
        (watched(hours_ago(20, 0.0), hours_ago(3)), False),
        (watched(hours_ago(3)), False),
        (watched(hours_ago(300), hours_ago(50, 0.0), hours_ago(3)), False),
        (watched(hours_ago(50, 0.0)), False),
    ],
)
def test_a_port_is_newly_reached_for_a_week_where_its_absence_is_known(seen: Snapshot, *, is_new: bool) -> None:
    found = found_by("newly_reachable_ports", seen)
    assert [one.severity for one in found.values()] == ([Severity.WATCH] if is_new else [])
    assert all(one.title.startswith("tcp 8080 on m1 is newly reached from elsewhere, for ") for one in found.values())
    refused = replace(seen, values={**seen.values, "outside_ports": outside(tried(8080, "refused"))})
    assert found_by("newly_reachable_ports", refused) == {}


def shown(**changes: Any) -> OutsideCertificate:
    plain = OutsideCertificate(
        subject="CN=cloud.example.net",
        issuer="CN=R10",
        serial="04AB",
        names=("cloud.example.net",),
        begins_at=NOW - timedelta(days=85),
        ends_at=NOW + timedelta(days=80),
        is_public=True,
        is_trusted=True,
    )
    return replace(plain, **changes)


def own(**changes: Any) -> Certificate:
    plain = Certificate(
        subject="CN=cloud.example.net",
        issuer="CN=R10",
        serial="04AB",
        names=("cloud.example.net",),
        begins_at=NOW - timedelta(days=85),
        ends_at=NOW + timedelta(days=80),
    )
    return replace(plain, **changes)


def on_machine(files: dict[str, Certificate] | None = None, **served: Certificate) -> Certificates:
    return Certificates(
        served={key.replace("_", ":"): one for key, one in served.items()},
        files=files or {},
        configured=(),
        unreadable=(),
        renewals=(),
        certbot="",
        is_renewed_by_cron=False,
    )


def judged(one: OutsideCertificate, key: str = "cloud.example.net:443", **facts: Any) -> list[tuple[str, Severity]]:
    seen = snapshot(outside_certificates=OutsideCertificates(certificates={key: one}), **facts)
    found = found_by("served_certificates", seen).values()
    return [(each.title.rpartition(") ")[2], each.severity) for each in found]


BROKEN = "comes with a chain that leads to no known authority, although a public one issued it"


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (shown(), []),
        (shown(is_trusted=False), [(BROKEN, Severity.WARNING)]),
        (shown(is_trusted=None), []),
        (shown(is_trusted=False, is_public=False), []),
        (shown(is_trusted=False, is_public=False, issuer="CN=cloud.example.net"), []),
        (shown(names=("other.example.net",)), [("is valid for other names only", Severity.WARNING)]),
        (shown(names=("*.example.net",)), []),
        (shown(names=("box.lan",), issuer="CN=cloud.example.net"), []),
        (shown(ends_at=NOW - timedelta(days=2)), [("expired 2 d ago", Severity.DOWN)]),
        (shown(ends_at=NOW + timedelta(days=5)), [("expires in 5 d", Severity.WARNING)]),
        (shown(ends_at=NOW + timedelta(days=15)), [("expires in 15 d", Severity.WATCH)]),
        (shown(ends_at=NOW + timedelta(days=29)), []),
        (shown(ends_at=NOW - timedelta(days=900), issuer="CN=cloud.example.net", is_public=False), []),
    ],
)
def test_a_certificate_is_judged_as_others_are_shown_it(one: OutsideCertificate, says: list[Any]) -> None:
    assert judged(one) == says


def test_what_the_machine_tells_of_itself_is_not_told_again() -> None:
    late = NOW + timedelta(days=3)
    served = {"cloud.example.net_443": own(ends_at=late)}
    assert judged(shown(ends_at=late), certificates=on_machine(**served)) == []
    assert judged(shown(names=("x.example",)), certificates=on_machine(**{"cloud.example.net_443": own()})) == []


def test_another_certificate_than_on_the_machine_is_found_and_a_renewed_one_is_not() -> None:
    machine = on_machine(**{"cloud.example.net_443": own()})
    renewed = shown(serial="07", begins_at=NOW)
    assert judged(renewed, certificates=machine) == []
    other_way = shown(serial="07", begins_at=NOW, names=("cloud.example.net", "fd00::5"))
    written = on_machine(**{"cloud.example.net_443": own(names=("cloud.example.net", "fd00:0:0:0:0:0:0:5"))})
    assert judged(other_way, certificates=written) == []
    proxy = shown(serial="07", names=("cloud.example.net", "proxy.example.net"))
    assert judged(proxy, certificates=machine) == [
        ("is another one than the machine itself is shown there", Severity.WATCH)
    ]


def test_an_older_one_than_in_the_file_is_found() -> None:
    newer = {"/etc/letsencrypt/live/cloud/cert.pem": own(serial="09", begins_at=NOW - timedelta(days=1))}
    says = "is older than the one in its file on the machine"
    assert judged(shown(), certificates=on_machine(newer)) == [(says, Severity.WATCH)]
    same = {"/etc/letsencrypt/live/cloud/cert.pem": own()}
    assert judged(shown(), certificates=on_machine(same)) == []


def test_of_an_appliance_with_an_authority_of_its_own_it_is_a_watch_only() -> None:
    switch = replace(MACHINE, transport=Transport.NONE)
    certificates = {"443": shown(ends_at=NOW - timedelta(days=2), is_public=False)}
    seen = replace(snapshot(outside_certificates=OutsideCertificates(certificates=certificates)), machine=switch)
    assert [one.severity for one in found_by("served_certificates", seen).values()] == [Severity.WATCH]


def test_one_certificate_under_two_names_is_one_finding() -> None:
    late = shown(ends_at=NOW + timedelta(days=5), names=("a.example.net", "b.example.net"))
    both = OutsideCertificates(certificates={"a.example.net:443": late, "b.example.net:443": late})
    assert set(found_by("served_certificates", snapshot(outside_certificates=both))) == {"a.example.net:443"}


Addresses = tuple[str, ...] | None


@pytest.mark.parametrize(
    ("expect", "inside", "out", "says"),
    [
        ("both", (LAN,), (PUBLIC,), None),
        ("both", (LAN,), (LAN,), None),
        ("both", (PUBLIC,), ("8.8.8.8",), None),
        ("both", (LAN,), (), "is not known outside"),
        ("both", (), (PUBLIC,), "is not known inside"),
        ("both", (), (), "is not known inside"),
        ("both", (LAN,), ("192.168.9.9",), "leads outside to private addresses only"),
        ("both", (LAN,), None, None),
        ("both", None, (PUBLIC,), None),
        ("both", None, None, None),
        ("same", (PUBLIC,), (PUBLIC, "8.8.8.8"), None),
        ("same", (LAN,), (PUBLIC,), "leads elsewhere inside and outside"),
        ("inside", (LAN,), (), None),
        ("inside", (LAN,), None, None),
        ("inside", (LAN,), (LAN,), "is known outside, although only the inside should know it"),
        ("inside", (), (), "is not known inside"),
    ],
)
def test_a_name_is_judged_by_what_its_owner_expects(
    expect: str, inside: Addresses, out: Addresses, says: str | None
) -> None:
    one = OutsideName(expect=expect, inside=inside, outside=out, problem="")
    names = OutsideNames(names={"cloud.example.net": one})
    found = found_by("split_names", snapshot(outside_names=names))
    assert [each.title for each in found.values()] == ([f"cloud.example.net, which m1 serves, {says}"] if says else [])


def image(*digests: str, name: str = "caddy:2") -> Images:
    one = Image(id="1" * 64, engine="docker", tags=(name,), digests=digests, created_at=None, size_bytes=1)
    engine = EngineImages(program="/usr/bin/docker", needs_root=True, nameless="")
    return Images(images={one.id: one}, engines={"docker": engine}, unread="")


def told(newest: str = "", of_line: str = "", digest: str = "", problem: str = "") -> RegistryTags:
    tags = ImageTags(newest=newest, newest_of_line=of_line, digest=digest, problem=problem)
    return RegistryTags(images={"docker.io/library/caddy:2": tags})


@pytest.mark.parametrize(
    ("tags", "stored", "says"),
    [
        (told("3", digest=DIGEST), image(f"caddy@{DIGEST}"), "has a newer tag, 3"),
        (told(digest=DIGEST), image(f"caddy@{DIGEST}"), None),
        (told(digest=DIGEST), image("caddy@sha256:" + "2" * 64, f"caddy@{DIGEST}"), None),
        (
            told(digest=DIGEST),
            image("caddy@sha256:" + "2" * 64),
            "was made anew in its registry, under the same tag",
        ),
        (told(digest=DIGEST), image(), None),
        (told(problem="it asks for a login"), image("caddy@sha256:" + "2" * 64), None),
        (RegistryTags(images={}), image("caddy@sha256:" + "2" * 64), None),
    ],
)
def test_a_newer_image_is_found_and_the_same_is_not(tags: RegistryTags, stored: Images, says: str | None) -> None:
    seen = snapshot(image_tags=tags, images=stored, containers=containers(container(), container(name="second")))
    found = found_by("newer_images", seen)
    assert [one.title for one in found.values()] == ([f"image caddy:2 on m1 {says}"] if says else [])
    if says:
        assert [one.value for one in found["caddy:2"].evidence if one.name == "container"] == ["second", "web"]


def test_an_image_held_by_its_sum_is_meant_to_stay() -> None:
    held = container(image=f"caddy:2@{DIGEST}")
    seen = {"images": image("caddy@sha256:" + "2" * 64), "containers": containers(held)}
    assert found_by("newer_images", snapshot(image_tags=told(digest=DIGEST), **seen)) == {}
    assert len(found_by("newer_images", snapshot(image_tags=told("3"), **seen))) == 1


def test_a_newer_version_of_the_same_line_is_named_too() -> None:
    seen = snapshot(image_tags=told("3", "2.9"), images=image("c@" + DIGEST), containers=containers(container()))
    evidence = {one.name: one.value for one in found_by("newer_images", seen)["caddy:2"].evidence}
    assert (evidence["newest_tag"], evidence["newest_tag_of_the_same_line"]) == ("3", "2.9")


def test_a_healthy_lab_shows_nothing_that_is_wrong() -> None:
    """A NAS with shares, a database with a password, a hypervisor, own names, and certificates of its own."""
    ports = outside(
        *(tried(port) for port in (80, 443, 445, 2049, 3389, 5432, 8006, 9443, 10000)),
        tried(6379, lets_in=False),
        tried(3306, "silent"),
        tried(9200, "refused"),
    )
    itself = shown(subject="CN=box", issuer="CN=box", is_public=False, is_trusted=False, names=("box",))
    certificates = {"cloud.example.net:443": shown(), "8006": itself, "443": shown(is_public=False, is_trusted=False)}
    names = {
        "cloud.example.net": OutsideName(expect="both", inside=(LAN,), outside=(PUBLIC,), problem=""),
        "wiki.example.net": OutsideName(expect="inside", inside=(LAN,), outside=(), problem=""),
    }
    seen = snapshot(
        outside_ports=ports,
        outside_certificates=OutsideCertificates(certificates=certificates),
        outside_names=OutsideNames(names=names),
        image_tags=told(digest=DIGEST),
        images=image(f"caddy@{DIGEST}"),
        containers=containers(container()),
    )
    names_of_checks = (
        "reachable_ports",
        "newly_reachable_ports",
        "served_certificates",
        "split_names",
        "newer_images",
    )
    assert {name: found_by(name, seen) for name in names_of_checks} == {name: {} for name in names_of_checks}
