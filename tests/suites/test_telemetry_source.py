"""What a real Prometheus with a real node_exporter tells: skipped by name where one of them is not installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.telemetry_sources.prometheus import PrometheusServer, PrometheusSettings
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.traffic import PLUGIN as TRAFFIC
from steward.model.errors import Unreachable
from steward.model.fact import CommandOutput
from steward.model.history import rates
from steward.model.telemetry import TelemetrySource
from tests.suites.sshd import free_port

PROGRAMS = {name: shutil.which(name) for name in ("prometheus", "promtool", "prometheus-node-exporter")}
MISSING = [name for name, path in PROGRAMS.items() if path is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
NAS = "nas.lan:9100"
HOURS, GB = 30, 1024**3
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """A Prometheus that has thirty hours of one machine, and measures this one."""

    source: TelemetrySource
    server: PrometheusServer
    here: str
    begin: datetime


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Start both, on loopback."""
    folder = tmp_path_factory.mktemp("prometheus")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begin = now - timedelta(hours=HOURS)
    _write_past(folder, begin)
    port, here = free_port(), f"127.0.0.1:{free_port()}"
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: node, static_configs: [{{targets: ['{here}']}}]}}]\n"
    )
    exporter = [PROGRAMS["prometheus-node-exporter"], f"--web.listen-address={here}"]
    prometheus = [
        PROGRAMS["prometheus"],
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=90d",
    ]
    with (folder / "log").open("wb") as log:
        running = [subprocess.Popen(words, stdout=log, stderr=log, cwd=folder) for words in (exporter, prometheus)]
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/api/v1/query?query=node_load1", here)
        server = PrometheusServer(PrometheusSettings(), clock=SystemClock(SystemClockSettings()))
        yield Place(TelemetrySource(name="home", url=url, match={"job": "node"}), server, here, begin)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def _write_past(folder: Path, begin: datetime) -> None:
    """Make blocks of a machine that grows by a gigabyte an hour, was off for two, and restarted after twenty."""
    lines: list[str] = []
    families = {
        "node_filesystem_size_bytes": (',mountpoint="/srv",fstype="ext4"', lambda _hour: 100 * GB),
        "node_filesystem_free_bytes": (
            ',mountpoint="/srv",fstype="ext4"',
            lambda hour: None if 10 <= hour < 12 else (90 - hour) * GB,
        ),
        "node_load1": ("", lambda _hour: float("nan")),
    }
    steps = [(begin + number * timedelta(minutes=5), number / 12) for number in range(HOURS * 12)]
    for name, (labels, told) in families.items():
        lines.append(f"# TYPE {name} gauge")
        lines += [
            f'{name}{{instance="{NAS}",job="node"{labels}}} {value} {at.timestamp():.0f}'
            for at, hour in steps
            if (value := told(hour)) is not None
        ]
    lines.append("# TYPE node_network_receive_bytes counter")
    lines += [
        f'node_network_receive_bytes_total{{instance="{NAS}",job="node",device="eth0"}}'
        f" {3_600_000 * (hour if hour < 20 else hour - 20):.0f} {at.timestamp():.0f}"
        for at, hour in steps
    ]
    (folder / "past").write_text("\n".join([*lines, "# EOF", ""]))
    words = [PROGRAMS["promtool"], "tsdb", "create-blocks-from", "openmetrics", "past", "data"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=60)  # type: ignore[arg-type]


def _wait(url: str, word: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if word in answer.read().decode():
                    return
        except OSError:  # an URLError is one
            pass
        time.sleep(0.2)
    pytest.fail(f"{url} never told of {word}")


def output(text: str) -> dict[str, CommandOutput]:
    return {"": CommandOutput(exit_code=0, stdout=text)}


async def test_a_machine_that_is_measured_now_is_among_the_hosts(place: Place) -> None:
    assert place.here in await place.server.hosts(place.source, None)
    none = TelemetrySource(name="none", url=place.source.url, match={"job": "other"})
    assert await place.server.hosts(none, None) == ()


async def test_numbers_of_now_are_those_this_machine_tells_itself(place: Place) -> None:
    told = await place.server.now(place.source, place.here, None)
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert told[MEMORY.name]["total_bytes"] == int(total.split()[1]) * 1024
    assert 0 < told[MEMORY.name]["used_percent"] < 100
    assert told[LOAD.name]["processors"] == os.cpu_count()
    busy = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    assert told[LOAD.name]["busy_seconds"] <= sum(busy[place] for place in (0, 1, 2, 5, 6, 7)) / 100 + 1
    room = os.statvfs("/")
    assert told[FILESYSTEMS.name]["/ available_bytes"] == pytest.approx(room.f_bavail * room.f_frsize, rel=0.05)
    assert FILESYSTEMS.series[0].ending in {name.rpartition(" ")[2] for name in told[FILESYSTEMS.name]}


async def test_interfaces_carry_the_names_of_stewards_own(place: Place) -> None:
    async def names() -> tuple[set[str], set[str]]:
        told = await place.server.now(place.source, place.here, None)
        devices = {"devices": CommandOutput(exit_code=0, stdout=Path("/proc/net/dev").read_text())}
        own = TRAFFIC.samples(TRAFFIC.parse(devices)) if TRAFFIC.samples else {}
        return set(told.get(TRAFFIC.name, {})), set(own)

    told, own = await names()
    for _ in range(PATIENCE_SECONDS):
        if told == own:
            break
        await asyncio.sleep(1)  # what came or went just now is among those of the next second
        told, own = await names()
    assert told == own


async def test_the_past_comes_by_hours_with_its_gap_and_its_restart(place: Place) -> None:
    end = place.begin + timedelta(hours=HOURS)
    told = await place.server.hours(place.source, NAS, None, begin=place.begin, end=end)
    used = {(point.at - place.begin) / timedelta(hours=1): point for point in told[FILESYSTEMS.name]["/srv used_bytes"]}
    assert {0.0, 9.0, 12.0, 29.0} <= set(used)
    assert 11.0 not in used
    assert used[5.0].mean == pytest.approx(15.5 * GB, rel=0.01)
    assert (used[5.0].low, used[5.0].high) == (pytest.approx(15 * GB, rel=0.01), pytest.approx(16 * GB, rel=0.01))
    received = rates(told[TRAFFIC.name]["eth0 received_bytes"])
    assert {round(point.mean) for point in received} == {0, 1000}
    assert LOAD.name not in told, "what was no number is none"


async def test_a_machine_nobody_measured_has_no_numbers(place: Place) -> None:
    assert await place.server.now(place.source, 'x"} or vector(1) #', None) == {}


async def test_a_question_that_is_too_long_ago_or_wrong_is_told_in_its_words(place: Place) -> None:
    odd = TelemetrySource(name="odd", url=place.source.url, label="not a label")
    with pytest.raises(Unreachable, match="parse error"):
        await place.server.hosts(odd, None)
