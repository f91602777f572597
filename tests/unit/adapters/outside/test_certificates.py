"""Real TLS servers on loopback, with certificates that are made here."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from steward.adapters.outside.certificates import CertificateAsker, CertificateSettings
from steward.model.question import CertificateAnswer, CertificateQuestion
from tests.suites.executors import serving
from tests.suites.sshd import free_port

NOW = datetime.now(UTC).replace(microsecond=0)
PUBLIC = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])


@dataclass(frozen=True)
class Signed:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def signed(name: str, by: Signed | None = None, *, days: int = 90, is_public: bool = False) -> Signed:
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_authority = name.startswith("authority")
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(0x0ABCDE)
        .not_valid_before(NOW - timedelta(days=100))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName("*.Example.net")]), critical=False)
    )
    if is_public:
        builder = builder.add_extension(PUBLIC, critical=False)
    return Signed(key, builder.sign(by.key if by else key, hashes.SHA256()))


@asynccontextmanager
async def tls(folder: Path, one: Signed, *chain: Signed) -> AsyncGenerator[int, None]:
    """Serve a certificate with the chain that is given."""
    text = one.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "served.pem"
    file.write_bytes(text + b"".join(each.pem for each in (one, *chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def ask(port: int, *known: Signed, folder: Path) -> CertificateAnswer:
    authorities = folder / "known.pem"
    authorities.write_bytes(b"".join(each.pem for each in known))
    settings = CertificateSettings(handshake_seconds=30.0, authorities=str(authorities) if known else "")
    question = CertificateQuestion(host="127.0.0.1", port=port, server_name="cloud.example.net")
    return await CertificateAsker(settings).ask(question)


ROOT = signed("authority of the lab")
MIDDLE = signed("authority between", ROOT)


async def test_a_whole_chain_is_trusted_and_read(tmp_path: Path) -> None:
    async with tls(tmp_path, signed("cloud.example.net", MIDDLE, is_public=True), MIDDLE) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    found = answer.certificate
    assert (answer.is_trusted, answer.problem) == (True, "")
    assert found is not None
    assert found.subject == "CN=cloud.example.net"
    assert found.issuer == "CN=authority between"
    assert found.serial == "0ABCDE"
    assert found.names == ("cloud.example.net", "*.example.net")
    assert (found.begins_at, found.ends_at) == (NOW - timedelta(days=100), NOW + timedelta(days=90))
    assert found.is_public


async def test_a_chain_without_its_middle_is_not_trusted_and_still_read(tmp_path: Path) -> None:
    async with tls(tmp_path, signed("cloud.example.net", MIDDLE)) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    assert answer.is_trusted is False
    assert answer.certificate is not None
    assert not answer.certificate.is_public


async def test_one_that_nobody_else_vouches_for_is_read(tmp_path: Path) -> None:
    async with tls(tmp_path, signed("box.lan")) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    assert answer.is_trusted is False
    assert answer.certificate is not None
    assert answer.certificate.subject == answer.certificate.issuer


async def test_of_an_expired_one_its_chain_is_not_judged(tmp_path: Path) -> None:
    async with tls(tmp_path, signed("cloud.example.net", MIDDLE, days=-3), MIDDLE) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    assert answer.is_trusted is None
    assert answer.certificate is not None
    assert answer.certificate.ends_at == NOW - timedelta(days=3)


async def test_a_name_that_does_not_fit_says_nothing_of_the_chain(tmp_path: Path) -> None:
    async with tls(tmp_path, signed("other.example.org", MIDDLE), MIDDLE) as port:
        assert (await ask(port, ROOT, folder=tmp_path)).is_trusted is True


async def test_a_box_that_knows_no_authority_judges_no_chain(tmp_path: Path, monkeypatch) -> None:
    none = str(tmp_path / "none")
    monkeypatch.setenv("SSL_CERT_FILE", none)
    monkeypatch.setenv("SSL_CERT_DIR", none)
    async with tls(tmp_path, signed("cloud.example.net", MIDDLE), MIDDLE) as port:
        answer = await ask(port, folder=tmp_path)
    assert answer.is_trusted is None
    assert answer.certificate is not None


async def test_who_speaks_no_tls_has_no_certificate(tmp_path: Path) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.net ESMTP\r\n")
        writer.write_eof()
        await _reader.read()

    async with serving(serve) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    assert answer.certificate is None
    assert answer.problem
    answer = await ask(free_port(), ROOT, folder=tmp_path)
    assert (answer.certificate, answer.is_trusted) == (None, None)
    assert "refused" in answer.problem.lower()


async def test_a_serial_is_written_as_openssl_writes_it(tmp_path: Path) -> None:
    """On the machine itself openssl reads certificates; the two are compared."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    one = signed("box.lan")
    words = (program, "x509", "-noout", "-serial")
    told = subprocess.run(words, input=one.pem, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    async with tls(tmp_path, one) as port:
        answer = await ask(port, ROOT, folder=tmp_path)
    assert answer.certificate is not None
    assert f"serial={answer.certificate.serial}" == told
