"""Certificates as Steward's own box is shown them: whatever stands before the machine included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from steward.knowhow.facts.certificates import PLUGIN as CERTIFICATES
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.tls_ports import TLS_PORTS
from steward.lib.record import record
from steward.model.fact import Fact, Snapshot, View
from steward.model.machine import FROM_OUTSIDE
from steward.model.outside import OutsideRules, address_from_outside
from steward.model.question import Answer, CertificateAnswer, CertificateQuestion, Question, ServedCertificate

_MOST = 32
_HTTPS = 443


@record
class OutsideCertificate:
    """One certificate as it was shown. Its texts were written by whoever issued it."""

    subject: str
    """Whom it is for."""
    issuer: str
    """Who signed it."""
    serial: str
    """Serial number, hexadecimal."""
    names: tuple[str, ...]
    """Names and addresses it is valid for."""
    begins_at: datetime
    """Valid from (UTC)."""
    ends_at: datetime
    """Valid until (UTC)."""
    is_public: bool
    """Whether it says that a public authority issued it."""
    is_trusted: bool | None
    """Whether its chain leads to an authority that Steward's box knows; None when that was not found out."""

    @property
    def is_self_signed(self) -> bool:
        """Whether nobody else vouches for it."""
        return self.subject == self.issuer

    @property
    def lifetime(self) -> timedelta:
        """For how long it was issued."""
        return self.ends_at - self.begins_at


@record
class OutsideCertificates:
    """Every certificate that was shown."""

    certificates: dict[str, OutsideCertificate]
    """By name asked for and port, `cloud.example.net:443`; by port alone where no name was asked for."""


def questions(snapshot: Snapshot, rules: OutsideRules) -> tuple[Question, ...]:
    """Ask where the machine itself sees TLS, by the same names, and for the names that the owner watches."""
    address = address_from_outside(snapshot.machine, rules)
    if not address:
        return ()
    found: list[CertificateQuestion] = []
    for name, port in dict.fromkeys((*_watched(snapshot, rules), *_served(snapshot), *_usual(snapshot))):
        found.append(CertificateQuestion(host=address, port=port, server_name=name))
    return tuple(found[:_MOST])


def _watched(snapshot: Snapshot, rules: OutsideRules) -> Iterator[tuple[str, int]]:
    yield from ((one.name, _HTTPS) for one in rules.of_machine(snapshot.machine))


def _served(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    certificates = snapshot.of(CERTIFICATES)
    for key in () if certificates is None else sorted(certificates.served):
        name, _, number = key.rpartition(":")
        if number.isascii() and number.isdigit() and len(number) <= 5:
            yield name, int(number)


def _usual(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Yield the usual ports, where the machine told nothing of certificates: those that are open, else all."""
    if snapshot.of(CERTIFICATES) is not None:
        return
    ports = snapshot.of(PORTS)
    if ports is not None:
        listening = {one.port for one in ports.everywhere().values() if one.protocol == "tcp"}
        yield from (("", port) for port in TLS_PORTS if port in listening)
    elif snapshot.machine.transport in FROM_OUTSIDE:
        yield from (("", port) for port in TLS_PORTS)


def conclude(answers: Sequence[Answer], _rules: OutsideRules) -> OutsideCertificates:
    """Keep what was shown; where nothing was, nobody speaks TLS to Steward's box."""
    found: dict[str, OutsideCertificate] = {}
    for answer in answers:
        if isinstance(answer, CertificateAnswer) and answer.certificate is not None:
            asked = answer.question
            key = f"{asked.server_name}:{asked.port}" if asked.server_name else str(asked.port)
            found[key] = _certificate(answer.certificate, is_trusted=answer.is_trusted)
    return OutsideCertificates(certificates=found)


def _certificate(one: ServedCertificate, *, is_trusted: bool | None) -> OutsideCertificate:
    return OutsideCertificate(
        subject=one.subject,
        issuer=one.issuer,
        serial=one.serial,
        names=one.names,
        begins_at=one.begins_at,
        ends_at=one.ends_at,
        is_public=one.is_public,
        is_trusted=is_trusted,
    )


PLUGIN = Fact[OutsideCertificates](
    name="outside_certificates",
    summary="Certificates as Steward's own box is shown them, and whether their chain holds.",
    view=View(needs=(CERTIFICATES.name, PORTS.name), questions=questions, conclude=conclude),
    pause=timedelta(hours=2),
)
