"""Over real TLS: a certificate made here, a client that verifies it, and a cookie that never leaves in the clear."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from steward.app.http import Listener
from steward.app.settings import read_settings
from tests.flows.house import House
from tests.suites.sshd import free_port
from tests.web.place import PASSWORD


@asynccontextmanager
async def listening(house: House, **variables: str) -> AsyncIterator[int]:
    """Listen as the daemon does, with these settings."""
    port = free_port()
    given = {"STEWARD_LISTEN": f"127.0.0.1:{port}", **variables}
    settings = read_settings(given, house.folder)
    steward = replace(house.steward, settings=replace(house.settings, http=settings.http))
    task = asyncio.create_task(Listener(steward).run())
    try:
        yield port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.2)  # a handshake that broke off closes its socket a turn of the loop later


def certified(folder: Path, name: str) -> tuple[str, str]:
    """Make a key and a certificate for this machine that signs itself."""
    key, certificate = str(folder / f"{name}.key"), str(folder / f"{name}.crt")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    return certificate, key


@asynccontextmanager
async def reached(port: int, context: ssl.SSLContext) -> AsyncIterator[httpx2.AsyncClient]:
    """Be a client of it, from the moment at which somebody answers."""
    async with httpx2.AsyncClient(base_url=f"https://localhost:{port}", verify=context, timeout=60) as client:
        for _ in range(600):
            try:
                assert (await client.get("/healthz")).status_code == 200
                break
            except httpx2.ConnectError as error:
                if "CERTIFICATE" in str(error):
                    raise
                await asyncio.sleep(0.1)
        yield client


async def test_a_browser_that_verifies_signs_in_and_holds_a_cookie_for_this_host_only(house: House, tmp_path: Path):
    await house.steward.owner.set(PASSWORD)
    certificate, key = certified(tmp_path, "ours")
    async with (
        listening(house, STEWARD_TLS_CERT=certificate, STEWARD_TLS_KEY=key) as port,
        reached(port, ssl.create_default_context(cafile=certificate)) as client,
    ):
        origin = {"origin": f"https://localhost:{port}", "sec-fetch-site": "same-origin"}
        answer = await client.post("/sign-in", data={"name": "owner", "password": PASSWORD}, headers=origin)
        assert answer.status_code == 303
        name, *flags = [part.strip() for part in answer.headers["set-cookie"].split(";")]
        assert name.startswith("__Host-steward=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags)
        assert not any(flag.lower().startswith("domain") for flag in flags)
        assert "strict-transport-security" in answer.headers
        client.cookies.clear()
        assert (await client.get("/", headers={"cookie": name})).status_code == 200
        plain = await client.get("/", headers={"cookie": name.replace("__Host-", "")})
        assert plain.status_code == 303, "the cookie of plain HTTP opens nothing here"


async def test_a_client_that_knows_another_certificate_does_not_talk(house: House, tmp_path: Path):
    certificate, key = certified(tmp_path, "ours")
    other, _ = certified(tmp_path, "another")
    async with listening(house, STEWARD_TLS_CERT=certificate, STEWARD_TLS_KEY=key) as port:
        async with reached(port, ssl.create_default_context(cafile=certificate)):
            pass
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE"):
            async with reached(port, ssl.create_default_context(cafile=other)):
                pass


async def test_nothing_is_answered_in_the_clear(house: House, tmp_path: Path):
    certificate, key = certified(tmp_path, "ours")
    async with listening(house, STEWARD_TLS_CERT=certificate, STEWARD_TLS_KEY=key) as port:
        async with reached(port, ssl.create_default_context(cafile=certificate)):
            pass
        async with httpx2.AsyncClient(timeout=60) as client:
            with pytest.raises(httpx2.TransportError):
                await client.get(f"http://localhost:{port}/healthz")
