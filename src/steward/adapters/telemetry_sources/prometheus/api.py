"""One question to Prometheus, one answer: bounded in time and size, nothing followed, nothing believed by its form."""

from __future__ import annotations

import asyncio
import json
import math
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2 as httpx

from steward.adapters.telemetry_sources.prometheus.settings import PrometheusSettings
from steward.lib.text import visible_line
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.secret import Secret
from steward.model.telemetry import TelemetrySource

_LONGEST_COMPLAINT = 200
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series of an answer."""

    labels: Mapping[str, str]
    """What names it."""
    values: tuple[tuple[float, float], ...]
    """Unix time and value, in order; those that are no finite number are left out."""


class PrometheusApi:
    """Asks one server."""

    def __init__(self, client: httpx.AsyncClient, source: TelemetrySource, settings: PrometheusSettings) -> None:
        self._client = client
        self._source = source
        self._settings = settings

    async def ask(self, path: str, **parameters: str) -> tuple[Series, ...]:
        """Ask one question.

        Raises:
            Unreachable: no answer in time, or none that can be used.
            NeedsPerson: the server refuses the secret, or its certificate is not trusted.
        """
        try:
            async with asyncio.timeout(self._settings.answer_seconds):
                status, body = await self._fetch(path, parameters)
        except TimeoutError as error:
            raise self._unusable(f"no answer within {self._settings.answer_seconds:.0f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failed(error) from error
        if status in _REFUSED:
            step = f"look at `secret` and `user` of `{self._source.name}` in telemetry.yaml"
            raise NeedsPerson(f"refuses to answer ({status})", where=_place(self._source), next_step=step)
        answer = await asyncio.to_thread(_parsed, body)
        if answer is None or answer.get("status") != "success":
            raise self._unusable(_complaint(status, answer))
        return tuple(_series(answer, self._settings.most_series))

    async def _fetch(self, path: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        url = f"{self._source.url.rstrip('/')}/api/v1/{path}"
        async with self._client.stream("GET", url, params=dict(parameters)) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise self._unusable("its answer is packed, though that was not asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._settings.answer_bytes:
                    raise self._unusable(f"its answer is larger than {self._settings.answer_bytes} bytes")
            return response.status_code, bytes(body)

    def _failed(self, error: Exception) -> NeedsPerson | Unreachable:
        why = visible_line(str(error)[:_LONGEST_COMPLAINT]) or type(error).__name__
        if isinstance(error.__cause__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in why:
            step = f"name the file of the certificate's issuer as `ca_file` of `{self._source.name}` in telemetry.yaml"
            return NeedsPerson("its certificate is not trusted", where=_place(self._source), why=why, next_step=step)
        return self._unusable(why)

    def _unusable(self, why: str) -> Unreachable:
        return Unreachable("gives no numbers", where=_place(self._source), why=why)


@asynccontextmanager
async def connected(
    source: TelemetrySource, secret: Secret | None, settings: PrometheusSettings
) -> AsyncGenerator[PrometheusApi]:
    """Give a way to ask one server, over connections that are kept meanwhile.

    Raises:
        NeedsPerson: the certificates to trust cannot be read.
    """
    client = await asyncio.to_thread(_client, source, secret, settings)
    async with client:
        yield PrometheusApi(client, source, settings)


def _client(source: TelemetrySource, secret: Secret | None, settings: PrometheusSettings) -> httpx.AsyncClient:
    """Make a client that takes nothing from the environment: no proxy, no other certificates, no password file."""
    auth, headers = None, {"Accept-Encoding": "identity", "User-Agent": "steward"}
    if secret is not None and source.user:
        auth = httpx.BasicAuth(source.user, secret.reveal())
    elif secret is not None:
        headers["Authorization"] = f"Bearer {secret.reveal()}"
    try:
        verify = ssl.create_default_context(cafile=source.ca_file or None)
    except OSError as error:  # an SSLError is one
        step = f"look at `ca_file` of `{source.name}` in telemetry.yaml"
        raise NeedsPerson("its certificates cannot be read", where=_place(source), next_step=step) from error
    timeout = httpx.Timeout(settings.answer_seconds, connect=settings.connect_seconds)
    return httpx.AsyncClient(
        auth=auth, headers=headers, verify=verify, timeout=timeout, trust_env=False, follow_redirects=False
    )


def _place(source: TelemetrySource) -> str:
    return f"telemetry source {source.name}"


def _parsed(body: bytes) -> Mapping[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", answer) if isinstance(answer, dict) else None


def _complaint(status: int, answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        elsewhere = ", which sends elsewhere" if 300 <= status < 400 else ""
        return f"its answer ({status}{elsewhere}) is not that of a Prometheus"
    return visible_line(str(answer.get("error") or f"status {status}")[:_LONGEST_COMPLAINT])


def _series(answer: Mapping[str, Any], most: int) -> Iterator[Series]:
    """Read a vector or a matrix; what is of another form is left out."""
    data = answer.get("data")
    found = cast("Mapping[str, Any]", data).get("result") if isinstance(data, dict) else None
    for each in cast("list[Any]", found)[:most] if isinstance(found, list) else []:
        one = cast("Mapping[str, Any]", each if isinstance(each, dict) else {})
        labels, raw = one.get("metric"), one.get("values", [one.get("value")])
        if isinstance(labels, dict) and isinstance(raw, list):
            named = {key: value for key, value in cast("dict[Any, Any]", labels).items() if isinstance(value, str)}
            pairs = (_pair(pair) for pair in cast("list[Any]", raw))
            yield Series(labels=named, values=tuple(pair for pair in pairs if pair is not None))


def _pair(raw: Any) -> tuple[float, float] | None:
    """Read `[1700000000.5, "12.5"]`; `NaN` and `+Inf` are no numbers here."""
    if not isinstance(raw, list) or len(pair := cast("list[Any]", raw)) != 2:
        return None
    try:
        at, value = float(pair[0]), float(pair[1])
    except (TypeError, ValueError, OverflowError):
        return None
    return (at, value) if math.isfinite(at) and math.isfinite(value) else None
