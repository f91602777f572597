"""Certificates as they are served, read over TLS from Steward's own box."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from steward.lib.record import record
from steward.model.question import CertificateAnswer, CertificateQuestion, ServedCertificate

_MOST_NAMES = 100
_LONGEST = 300
_PUBLIC_POLICIES = "2.23.140.1.2."
"""Policies of the CA/Browser Forum: only authorities that browsers know put them into certificates."""
_AUTHORITY_PROBLEMS = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's numbers for a chain that leads nowhere it knows; what else may be wrong, dates say, is judged elsewhere."""


@record
class CertificateSettings:
    """Settings of the look at certificates."""

    handshake_seconds: float = 4.0
    """Longest connection and handshake may take together."""
    authorities: str = ""
    """File of authorities that count as known; empty means those that Steward's box knows."""


class CertificateAsker:
    """Makes a handshake that trusts, to learn whether the chain holds, and else one that does not, to see anyway."""

    def __init__(self, settings: CertificateSettings) -> None:
        self._settings = settings

    async def ask(self, question: CertificateQuestion) -> CertificateAnswer:
        """Return what is served."""
        is_trusted: bool | None = True
        try:
            served = await self._handshake(question, await asyncio.to_thread(self._trusting))
        except ssl.SSLCertVerificationError as error:
            is_doubted = error.verify_code in _AUTHORITY_PROBLEMS and await asyncio.to_thread(self._knows_authorities)
            is_trusted = False if is_doubted else None
            served = b""
        except (ConnectionRefusedError, TimeoutError) as error:
            return CertificateAnswer(question=question, problem=_words(error))
        except OSError:  # what old appliances speak is tried below
            is_trusted, served = None, b""
        try:
            certificate = _certificate(served or await self._handshake(question, _looking()))
        except (OSError, TimeoutError, ValueError) as error:
            return CertificateAnswer(question=question, problem=_words(error))
        return CertificateAnswer(question=question, certificate=certificate, is_trusted=is_trusted)

    async def _handshake(self, question: CertificateQuestion, context: ssl.SSLContext) -> bytes:
        async with asyncio.timeout(self._settings.handshake_seconds):
            _, writer = await asyncio.open_connection(
                question.host, question.port, ssl=context, server_hostname=question.server_name
            )
        try:
            return writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
        finally:
            writer.transport.abort()

    def _trusting(self) -> ssl.SSLContext:
        """Check the chain; whether the name fits is for who knows which names matter."""
        context = ssl.create_default_context(cafile=self._settings.authorities or None)
        context.check_hostname = False
        return context

    def _knows_authorities(self) -> bool:
        """Tell whether the box knows any authority: one that knows none cannot doubt a chain."""
        places = ssl.get_default_verify_paths()
        has_folder = bool(places.capath) and any(Path(places.capath).glob("*.0"))
        return bool(self._settings.authorities or places.cafile or has_folder)


def _looking() -> ssl.SSLContext:
    """Check nothing and accept what old appliances speak: nothing is sent over it, and the answer is data."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return str(error.reason or "no TLS")[:_LONGEST].replace("_", " ").lower()
    number = getattr(error, "errno", None)
    return os.strerror(number) if number and number > 0 else "it cannot be read"


def _certificate(der: bytes) -> ServedCertificate:
    """Read a certificate.

    Raises:
        ValueError: it is none.
    """
    found = x509.load_der_x509_certificate(der)
    serial = f"{found.serial_number:X}"
    return ServedCertificate(
        subject=found.subject.rfc4514_string()[:_LONGEST],
        issuer=found.issuer.rfc4514_string()[:_LONGEST],
        serial=serial.zfill(len(serial) + len(serial) % 2)[:80],
        names=tuple(_names(found))[:_MOST_NAMES],
        begins_at=_utc(found.not_valid_before_utc),
        ends_at=_utc(found.not_valid_after_utc),
        is_public=_is_public(found),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _names(found: x509.Certificate) -> Iterator[str]:
    try:
        value = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    yield from (name.lower()[:253] for name in value.get_values_for_type(x509.DNSName))
    yield from (str(address) for address in value.get_values_for_type(x509.IPAddress))


def _is_public(found: x509.Certificate) -> bool:
    try:
        policies = found.extensions.get_extension_for_class(x509.CertificatePolicies).value
        return any(one.policy_identifier.dotted_string.startswith(_PUBLIC_POLICIES) for one in policies)
    except (x509.ExtensionNotFound, ValueError):
        return False


PLUGIN = CertificateAsker
