"""One question to the provider: to its own origin, verified, in a time and a size, and sent nowhere else."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from steward.adapters.identity_providers.oidc.settings import OidcSettings
from steward.model.errors import TryLater, Unreachable


class Asker:
    """Asks one provider."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._trust: ssl.SSLContext | None = None

    async def get(self, address: str) -> dict[str, Any]:
        """Return what lies at an address of the provider.

        Raises:
            Unreachable: it does not answer.
            TryLater: its answer cannot be used.
        """
        status, told = await self._sent("GET", address, {}, None)
        if status != 200:
            raise self.unusable(f"it answers with HTTP {status}")
        return told

    async def post(
        self, address: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Send a form to an address of the provider; return status and answer.

        Raises:
            Unreachable, TryLater: as for `get`.
        """
        return await self._sent("POST", address, headers, form)

    def own(self, told: Mapping[str, Any], name: str) -> str:
        """Return an address out of what the provider tells, when it is one of its own.

        Raises:
            TryLater: it is missing, or somebody else's.
        """
        address = told.get(name)
        if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
            raise self.unusable(f"it does not tell its {name}")
        if origin_of(address) != origin_of(self._settings.issuer):
            raise self.unusable(f"its {name} is at another origin than {self._settings.issuer}")
        return address

    def unusable(self, why: str) -> TryLater:
        """Return the error of an answer that cannot be used."""
        step = "sign in with your password; the owner looks at STEWARD_OIDC_ISSUER and at the provider"
        return TryLater(f"{self._settings.label} cannot be used now", why=why, next_step=step)

    async def _sent(
        self, method: str, address: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        settings = self._settings
        if self._trust is None:
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        try:
            async with (
                asyncio.timeout(settings.answer_seconds),
                httpx2.AsyncClient(
                    timeout=settings.answer_seconds,
                    follow_redirects=False,
                    trust_env=False,
                    verify=self._trust,
                    headers={"User-Agent": "steward", "Accept": "application/json", "Accept-Encoding": "identity"},
                ) as client,
                client.stream(method, address, headers=dict(headers), data=form) as response,
            ):
                return response.status_code, self._object(await self._body(response))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            step = "sign in with your password, or try again"
            why = f"it cannot be reached: {type(error).__name__}"
            raise Unreachable(f"{settings.label} does not answer", why=why, next_step=step) from error

    async def _body(self, response: httpx2.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self.unusable("it packs its answer, although it was asked not to")
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self._settings.answer_bytes:
                raise self.unusable("its answer is too large")
        return bytes(body)

    def _object(self, body: bytes) -> dict[str, Any]:
        try:
            told = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self.unusable("its answer is no JSON") from error
        if not isinstance(told, dict):
            raise self.unusable("its answer is no JSON object")
        return cast("dict[str, Any]", told)


def origin_of(address: str) -> tuple[str, str]:
    """Return scheme and host with port of an address."""
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()
