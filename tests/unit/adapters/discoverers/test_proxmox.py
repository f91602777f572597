"""The API of Proxmox VE, spoken to over real TLS: who gets the token, and who does not."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from steward.adapters.discoverers.proxmox import PLUGIN
from steward.knowhow.discovered.proxmox import parse
from steward.model.errors import InvalidInput, NeedsPerson, NotAllowed, Unreachable
from steward.model.secret import Secret
from steward.ports.discoverer import Inquiry, Places

PLACES = Places(home="/nowhere", ssh_config="/nowhere", docker_config="/nowhere")
TOKEN = "steward@pve!look=7d3b9a52-5c3e-4f6e-9d60-000000000001"
ANSWERS: dict[str, Any] = {
    "/api2/json/cluster/status": [{"type": "node", "name": "pve1", "ip": "10.0.0.11", "online": 1}],
    "/api2/json/cluster/resources": [{"type": "lxc", "vmid": 102, "name": "dns", "node": "pve1", "status": "running"}],
}


class Handler(BaseHTTPRequestHandler):
    """Answers as the API does: only for the right token."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.server.given.append(given)  # type: ignore[attr-defined]
        status = 200 if given == f"PVEAPIToken={TOKEN}" else 401
        body = json.dumps({"data": ANSWERS.get(self.path)}).encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Quiet(ThreadingHTTPServer):
    """A server that does not mind who leaves after the greeting."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that does not trust us is what is tested."""


class Cluster:
    """One server with a certificate nobody signed."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pve1")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        der = made.public_bytes(serialization.Encoding.DER)
        digest = hashlib.sha256(der).hexdigest().upper()
        self.fingerprint = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
        pem = folder / "pem"
        pem.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.given = []  # type: ignore[attr-defined]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"127.0.0.1:{self.server.server_port}"

    @property
    def given(self) -> list[str]:
        """Tokens that arrived."""
        return self.server.given  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A running one."""
    made = Cluster(tmp_path)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def inquiry(target: str, **changes: Any) -> Inquiry:
    return Inquiry(**({"target": target, "token": Secret(TOKEN)} | changes))


async def test_nodes_and_guests_are_told_to_whoever_compared_the_certificate(cluster):
    asked = inquiry(f"https://{cluster.address}", certificate=cluster.fingerprint.lower())
    found = parse(await PLUGIN.build(PLACES).gather(asked))
    assert [each.name for each in found.machines] == ["pve1", "dns"]


async def test_nobody_gets_the_token_whose_certificate_is_not_trusted(cluster):
    with pytest.raises(NeedsPerson) as refused:
        await PLUGIN.build(PLACES).gather(inquiry(cluster.address))
    assert cluster.fingerprint in refused.value.why
    with pytest.raises(NeedsPerson, match="another one"):
        await PLUGIN.build(PLACES).gather(inquiry(cluster.address, certificate=":".join(["AB"] * 32)))
    assert cluster.given == []


async def test_a_token_that_is_refused_is_no_missing_cluster(cluster):
    wrong = Secret(TOKEN.replace("look", "other"))
    with pytest.raises(NotAllowed) as refused:
        await PLUGIN.build(PLACES).gather(inquiry(cluster.address, certificate=cluster.fingerprint, token=wrong))
    assert "PVEAuditor" in refused.value.next_step
    assert "7d3b9a52" not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"token": None},
        {"token": Secret("only-a-value")},
        {"token": Secret("a@b!c=d\r\nX: y")},
        {"certificate": "AB:CD"},
        {"target": "-x"},
        {"target": "https://[::1"},
        {"target": ""},
    ],
)
async def test_what_cannot_be_asked_is_refused_before_anything_is_sent(cluster, changes):
    with pytest.raises(InvalidInput):
        await PLUGIN.build(PLACES).gather(inquiry(**({"target": cluster.address} | changes)))
    assert cluster.given == []


async def test_nobody_there_is_unreachable(cluster):
    address = cluster.address
    cluster.server.shutdown()
    cluster.server.server_close()
    with pytest.raises(Unreachable):
        await PLUGIN.build(PLACES).gather(inquiry(address, certificate=cluster.fingerprint))
