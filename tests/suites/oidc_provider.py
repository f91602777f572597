"""A real provider of identities on loopback, in a process of its own, and somebody who signs in there.

It is `oidc-provider-mock`: a whole OpenID provider that lets anybody in under any name.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.suites.sshd import free_port

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One that runs."""

    port: int

    @property
    def issuer(self) -> str:
        """Its name and address."""
        return f"http://{HOST}:{self.port}"

    def know(self, subject: str, **claims: Any) -> None:
        """Let it say this about somebody from now on."""
        self._ask("PUT", f"/users/{subject}", json.dumps(claims), "application/json")

    def approve(self, address: str, subject: str) -> str:
        """Sign in there as somebody; return where the browser is sent."""
        return self._answered(address, {"sub": subject})

    def refuse(self, address: str) -> str:
        """Call it off there; return where the browser is sent."""
        return self._answered(address, {"action": "deny"})

    def _answered(self, address: str, form: dict[str, str]) -> str:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("http", f"{HOST}:{self.port}"), address
        kind = "application/x-www-form-urlencoded"
        status, location = self._ask("POST", f"{parts.path}?{parts.query}", urlencode(form), kind)
        assert status == 302, status
        return location

    def _ask(self, method: str, path: str, body: str, kind: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request(method, path, body, {"content-type": kind})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("location", "")
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Provider]:
    """Run one for as long as the block does; skip where it is not installed."""
    if importlib.util.find_spec("oidc_provider_mock") is None:
        pytest.skip("oidc-provider-mock is not installed")
    provider = Provider(port=free_port())
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--host", HOST, "--port", str(provider.port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, provider)
        yield provider
    finally:
        process.terminate()
        process.wait(20)


def asked(address: str) -> dict[str, str]:
    """Return what a browser asks the provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def _wait(process: subprocess.Popen[bytes], provider: Provider) -> None:
    for _ in range(300):
        assert process.poll() is None, "the provider ended"
        try:
            provider._ask("GET", "/jwks", "", "text/plain")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider does not answer")
