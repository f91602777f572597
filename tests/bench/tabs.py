"""Benchmark: what many open tabs cost, and how soon the last of them hears of something."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench.measure import Partner, Sample, say
from tests.bench.report import Row, Section

_EVENT = b"event: now"
_LAG_AIM_SECONDS = 1.0
_LONGEST_SECONDS = 10.0


@dataclass(kw_only=True)
class Tab:
    """One open stream and when it heard of something."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[float] = field(default_factory=list[float])
    ended: float | None = None

    async def listen(self) -> None:
        """Note the time of each event until the stream ends."""
        while line := await self.reader.readline():
            if line.startswith(_EVENT):
                self.heard.append(time.monotonic())
            if line == b"0\r\n":
                break
        self.ended = time.monotonic()


async def _open(port: int, cookie: str) -> Tab:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /live?now HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: steward={cookie}\r\n"
    writer.write((head + "Sec-Fetch-Site: same-origin\r\n\r\n").encode())
    said: list[bytes] = []
    while line := await reader.readline():
        said.append(line)
        if line.startswith(b": hello"):
            return Tab(reader=reader, writer=writer)
    message = f"a stream ended before it began: {said[:1]}"
    raise RuntimeError(message)


@dataclass(kw_only=True)
class Measured:
    """What one server took."""

    before: float = 0.0
    after: float = 0.0
    percent: list[float] = field(default_factory=list[float])
    lags: list[float] = field(default_factory=list[float])
    ended: float | None = None


def measure(rounds: int, *, tabs: int = 200, seconds: int = 10) -> Section:
    """Open the tabs on both, in turns."""
    taken: dict[str, Measured] = {}
    for name in ("steward", "bare"):
        say(f"tabs: {tabs} streams of {name}")
        with Partner(f"tests.bench.tabs_{name}") as partner:
            taken[name] = asyncio.run(_measured(partner, rounds, tabs, seconds, has_sessions=name == "steward"))
    ours, bare = taken["steward"], taken["bare"]
    return Section(
        title="Open tabs",
        intro=(
            f"{tabs} streams of open pages, {rounds} x {seconds} s without anything to tell, then {rounds} decisions. "
            "The anchor is bare Starlette on the same uvicorn that holds as many streams, asks nobody for a right, and "
            "tells of an event that it was handed."
        ),
        rows=[
            _memory_row(ours, bare, tabs),
            Row(
                what="processor while nothing happens, of one core",
                figure=Sample(values=tuple(ours.percent)).text("%", 1),
                anchor=f"bare {Sample(values=tuple(bare.percent)).text('%', 1)}",
            ),
            _lag_row(ours, bare),
            Row(
                what="a revoked session's stream ends after",
                figure=f"{ours.ended or float('nan'):.2f} s",
                aim="1 s",
                is_met=ours.ended is not None and ours.ended <= _LAG_AIM_SECONDS,
            ),
        ],
        notes=["The tabs belong to two sessions, of which one is revoked at the end."],
    )


async def _measured(partner: Partner, rounds: int, tabs: int, seconds: int, *, has_sessions: bool) -> Measured:
    first, second = partner.ready["cookies"]
    taken = Measured(before=(await _ask(partner, "usage"))["megabytes"])
    opened = [await _open(partner.ready["port"], second if number == 0 else first) for number in range(tabs)]
    listening = [asyncio.create_task(tab.listen()) for tab in opened]
    await asyncio.sleep(2)
    for _ in range(rounds):
        begun = await _ask(partner, "usage")
        await asyncio.sleep(seconds)
        over = await _ask(partner, "usage")
        taken.percent.append((over["processor_seconds"] - begun["processor_seconds"]) / seconds * 100)
        taken.after = over["megabytes"]
    for _ in range(rounds):
        known = [len(tab.heard) for tab in opened]
        at = (await _ask(partner, "event"))["at"]
        deadline = time.monotonic() + _LONGEST_SECONDS
        while any(len(tab.heard) == number for tab, number in zip(opened, known, strict=True)):
            if time.monotonic() > deadline:
                message = "not every tab heard of it"
                raise RuntimeError(message)
            await asyncio.sleep(0.01)
        taken.lags.append(max(tab.heard[number] for tab, number in zip(opened, known, strict=True)) - at)
        await asyncio.sleep(1)
    if has_sessions:
        at = (await _ask(partner, "revoke"))["at"]
        await asyncio.wait_for(listening[0], _LONGEST_SECONDS)
        taken.ended = (opened[0].ended or float("inf")) - at
    for tab, task in zip(opened, listening, strict=True):
        task.cancel()
        tab.writer.close()
    return taken


async def _ask(partner: Partner, question: str) -> dict[str, Any]:
    return await asyncio.to_thread(partner.ask, question)


def _memory_row(ours: Measured, bare: Measured, tabs: int) -> Row:
    mine, anchor = ((one.after - one.before) / tabs * 1024 for one in (ours, bare))
    return Row(
        what="memory for each tab",
        figure=f"{mine:.0f} KB ({ours.before:.0f} to {ours.after:.0f} MB in all)",
        anchor=f"bare {anchor:.0f} KB ({bare.before:.0f} to {bare.after:.0f} MB)",
        ratio=f"{mine / anchor:.1f}x" if anchor > 0 else "",
    )


def _lag_row(ours: Measured, bare: Measured) -> Row:
    lag = Sample(values=tuple(ours.lags))
    return Row(
        what="from a decision to the line in the last tab",
        figure=lag.text("s", 2),
        anchor=f"bare {Sample(values=tuple(bare.lags)).text('s', 2)}",
        aim="1 s",
        is_met=max(ours.lags) <= _LAG_AIM_SECONDS,
    )
