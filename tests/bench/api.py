"""Benchmark: what one request by REST and one call by MCP take, beside bare servers that answer as many bytes."""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from collections.abc import Mapping
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.bench.measure import Partner, Sample, say
from tests.bench.report import Row, Section

_PATHS = {
    "`/healthz`, no token": "/healthz",
    "`/api/v1/status`, a token": "/api/v1/status",
    "`/api/v1/runs/ls`, a token": "/api/v1/runs/ls",
    "`/metrics`, a token": "/metrics",
}
_CALL = "MCP tool `status` over HTTP, a token"
_AIM_MILLISECONDS = 25.0


def measure(rounds: int, requests: int = 200, calls: int = 50) -> Section:
    """Let both answer in turns: REST over one kept connection each, MCP by the official client."""
    with Partner("tests.bench.api_steward") as steward:
        sizes = steward.ready["sizes"]
        with Partner("tests.bench.api_bare") as bare:
            ours = {what: list[float]() for what in (*_PATHS, _CALL)}
            theirs = {what: list[float]() for what in (*_PATHS, _CALL)}
            for number in range(rounds):
                say(f"api {number + 1}/{rounds}")
                for what, path in _PATHS.items():
                    key = {"authorization": f"Bearer {steward.ready['token']}"} if "token" in what else {}
                    ours[what] += _times(steward.ready["port"], path, key, requests)
                    theirs[what] += _times(bare.ready["port"], f"/{sizes[path]}", {}, requests)
                size = {"size": sizes["/api/v1/status"]}
                ours[_CALL] += asyncio.run(_calls(steward.ready, "/mcp", {}, calls))
                theirs[_CALL] += asyncio.run(_calls(bare.ready, "/mcp/", size, calls))
    return Section(
        title="API and MCP",
        intro=(
            f"{rounds} x {requests} requests one after the other over a kept connection on loopback, to a Steward with "
            "one machine. The anchor is Starlette on the same uvicorn, answering as many bytes and doing nothing else. "
            f"For MCP, {rounds} x {calls} calls of the official client, which costs its share on both sides; the "
            "anchor is a bare server of the official SDK."
        ),
        rows=[_row(what, ours[what], theirs[what]) for what in ours],
        notes=["A token is looked up in the store for every request, so that a revoked one holds for none."],
    )


def _row(what: str, ours: list[float], theirs: list[float]) -> Row:
    mine, anchor = Sample(values=tuple(ours)).median, Sample(values=tuple(theirs)).median
    high = statistics.quantiles(ours, n=20)[-1]
    return Row(
        what=what,
        figure=f"{mine:.1f} ms, 95 % within {high:.1f} ms",
        anchor=f"bare {anchor:.1f} ms",
        ratio=f"{mine / anchor:.1f}x",
        aim=f"below {_AIM_MILLISECONDS:g} ms",
        is_met=mine < _AIM_MILLISECONDS,
    )


def _times(port: int, path: str, headers: Mapping[str, str], requests: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times: list[float] = []
    for number in range(requests + 5):
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            message = f"{path} answered {answer.status}"
            raise RuntimeError(message)
        if number >= 5:
            times.append((time.perf_counter() - began) * 1000)
    connection.close()
    return times


async def _calls(where: Mapping[str, Any], path: str, given: Mapping[str, Any], calls: int) -> list[float]:
    headers = {"authorization": f"Bearer {where['token']}"} if "token" in where else {}
    address = f"http://127.0.0.1:{where['port']}{path}"
    times: list[float] = []
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as plain,
        Client(streamable_http_client(address, http_client=plain)) as agent,
    ):
        for number in range(calls + 3):
            began = time.perf_counter()
            answer = await agent.call_tool("status", dict(given))
            if answer.is_error:
                message = f"{address} refused: {answer.content}"
                raise RuntimeError(message)
            if number >= 3:
                times.append((time.perf_counter() - began) * 1000)
    return times
