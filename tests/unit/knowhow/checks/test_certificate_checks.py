"""Certificates that expire, were not loaded, bear other names, or are renewed by nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.certificates import Certificate, Certificates
from steward.knowhow.facts.ports import Ports
from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS, FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot, unit, units
from tests.unit.knowhow.test_plugins import blueprint
from tests.unit.knowhow.uses_certificates import HTTPS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OURS = ("expiring_certificates", "unloaded_certificates", "mismatched_certificates", "unscheduled_renewals")


def with_ports(case: str, owner: str = "nginx.service") -> Snapshot:
    ports = Ports(listeners={"tcp 443 *": replace(HTTPS, unit=owner)})
    running = units(unit(), unit("certbot.timer", file_state="enabled"))
    return snapshot(ports=ports, units=running, **recorded(certificates=case).values)


def serving(one: Certificate, key: str = "box.lan:443") -> Certificates:
    known: Certificates = recorded(certificates="no_tls").values["certificates"]
    return replace(known, served={key: one})


def certificate(
    left: timedelta, lifetime: timedelta = 90 * DAY, *, issuer: str = "CN=R11", name: str = "box.lan"
) -> Certificate:
    ends = NOW + left
    return Certificate(
        subject="CN=box.lan", issuer=issuer, serial="01", names=(name,), begins_at=ends - lifetime, ends_at=ends
    )


@pytest.mark.parametrize(
    ("left", "lifetime", "severity"),
    [
        (22 * DAY, 90 * DAY, None),
        (20 * DAY, 90 * DAY, Severity.WATCH),
        (6 * DAY, 90 * DAY, Severity.WARNING),
        (-HOUR, 90 * DAY, Severity.DOWN),
        (22 * DAY, 730 * DAY, None),
        (3 * DAY, 6 * DAY, None),
        (1.3 * DAY, 6 * DAY, Severity.WATCH),
        (4 * HOUR, 12 * HOUR, None),
        (2 * HOUR, 12 * HOUR, Severity.WATCH),
    ],
)
def test_how_soon_is_soon_depends_on_the_lifetime(
    left: timedelta, lifetime: timedelta, severity: Severity | None
) -> None:
    found = found_by("expiring_certificates", snapshot(certificates=serving(certificate(left, lifetime))))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_what_nobody_vouches_for_is_never_more_than_worth_knowing() -> None:
    expired = serving(certificate(-DAY, issuer="CN=box.lan"))
    assert found_by("expiring_certificates", snapshot(certificates=expired))["box.lan:443"].severity is Severity.WATCH


def test_two_names_with_one_certificate_are_one_finding() -> None:
    one = certificate(DAY)
    both = replace(serving(one), served={"a.lan:443": one, "b.lan:443": one, "993": one})
    assert sorted(found_by("expiring_certificates", snapshot(certificates=both))) == ["993", "a.lan:443"]


@pytest.mark.parametrize(
    "case", ["debian_12_nginx_certbot", "proxmox_8", "self_signed_by_openssl_3_0", "fedora_without_rights", "no_tls"]
)
@pytest.mark.parametrize("check", OURS)
def test_healthy_machines_are_left_alone(check: str, case: str) -> None:
    assert CHECKS[check].run(with_ports(case)) == ()


def test_a_renewal_that_was_not_loaded_is_found_and_cured_by_a_reload() -> None:
    seen = with_ports("renewed_and_not_loaded")
    found = found_by("unloaded_certificates", seen)
    assert list(found) == ["wiki.example.org:443"]
    assert found["wiki.example.org:443"].severity is Severity.WARNING
    assert found_by("expiring_certificates", seen)["wiki.example.org:443"].fix == "load_certificate"
    (step,) = FIXES["load_certificate"].propose(found["wiki.example.org:443"], seen).steps
    made = OPERATIONS[step.command].build(decode(OPERATIONS[step.command].input, step.input), seen)
    assert made.action.argv == ("/usr/bin/systemctl", "reload", "nginx.service")
    serial = seen.values["certificates"].files["/etc/letsencrypt/live/wiki.example.org/fullchain.pem"].serial
    assert [probe.expected for probe in made.verify if probe.path[-1] == "serial"] == [serial]


def test_without_a_known_server_a_person_must_reload() -> None:
    assert (
        found_by("unloaded_certificates", with_ports("renewed_and_not_loaded", ""))["wiki.example.org:443"].fix is None
    )


def test_a_file_that_no_server_is_configured_for_replaces_nothing() -> None:
    seen = with_ports("renewed_and_not_loaded")
    other = replace(seen.values["certificates"], configured=())
    assert found_by("unloaded_certificates", replace(seen, values={**seen.values, "certificates": other})) == {}


def test_a_certificate_that_was_loaded_meanwhile_needs_no_reload() -> None:
    seen = with_ports("renewed_and_not_loaded")
    finding = found_by("unloaded_certificates", seen)["wiki.example.org:443"]
    with pytest.raises(InvalidInput, match="needs no reload any more"):
        FIXES["load_certificate"].propose(finding, with_ports("debian_12_nginx_certbot"))


def test_what_certbot_did_not_renew_is_renewed() -> None:
    seen = with_ports("not_renewed")
    finding = found_by("expiring_certificates", seen)["wiki.example.org:443"]
    assert (finding.severity, finding.fix) == (Severity.WARNING, "renew_certificate")
    (step,) = FIXES["renew_certificate"].propose(finding, seen).steps
    made = OPERATIONS[step.command].build(decode(OPERATIONS[step.command].input, step.input), seen)
    assert "--no-random-sleep-on-renew" in made.action.argv
    assert not made.undo.is_possible


def test_a_renewal_that_is_not_due_is_refused() -> None:
    seen = with_ports("renewed_and_not_loaded")
    with pytest.raises(InvalidInput, match="is not due"):
        blueprint("certificate.renew", {"certificate": "wiki.example.org"}, seen)
    with pytest.raises(InvalidInput, match=r"did you mean `wiki\.example\.org`"):
        blueprint("certificate.renew", {"certificate": "wiki.example.com"}, seen)


@pytest.mark.parametrize(
    ("name", "is_covered"),
    [("box.lan", True), ("*.lan", True), ("*.box.lan", False), ("www.box.lan", False), ("BOX.lan", False)],
)
def test_a_star_stands_for_one_label(name: str, is_covered: bool) -> None:
    served = serving(certificate(60 * DAY, name=name))
    seen = snapshot(certificates=served, ports=Ports(listeners={"tcp 443 *": HTTPS}))
    assert bool(found_by("mismatched_certificates", seen)) is not is_covered


def test_names_of_a_server_that_does_not_run_say_nothing_of_who_serves() -> None:
    served = serving(certificate(60 * DAY, name="other.lan"))
    ports = Ports(listeners={"tcp 443 *": replace(HTTPS, unit="docker.service")})
    assert found_by("mismatched_certificates", snapshot(certificates=served, ports=ports)) == {}


def test_renewals_that_nothing_starts_are_found() -> None:
    seen = recorded(certificates="not_renewed").values
    off = unit("certbot.timer", active_state="inactive", file_state="disabled")
    assert list(found_by("unscheduled_renewals", snapshot(units=units(off), **seen))) == ["certbot.timer"]
    assert list(found_by("unscheduled_renewals", snapshot(units=units(), **seen))) == ["certbot.timer"]
    snap = unit("snap.certbot.renew.timer")
    assert found_by("unscheduled_renewals", snapshot(units=units(snap), **seen)) == {}
    by_cron = recorded(certificates="renewed_and_not_loaded").values
    assert found_by("unscheduled_renewals", snapshot(units=units(off), **by_cron)) == {}


def test_a_unit_that_does_not_run_has_nothing_to_reload() -> None:
    with pytest.raises(InvalidInput, match="nothing to reload"):
        blueprint("unit.reload", {"unit": "nginx.service"}, snapshot(units=units(unit(active_state="failed"))))
