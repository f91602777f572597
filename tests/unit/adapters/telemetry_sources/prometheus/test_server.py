"""What Prometheus answers, taken for what it is: numbers where it gives some, trouble told where it does not."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.adapters.telemetry_sources.prometheus import PrometheusServer, PrometheusSettings
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.history import Point
from steward.model.secret import Secret
from steward.model.telemetry import TelemetrySource
from steward.testing.clock import MovedClock
from tests.unit.adapters.telemetry_sources.prometheus.server import Answer, Asked, FakePrometheus, recorded, serving

NAS = "nas.lan:9100"
RECORDED_AT = datetime.fromtimestamp(1795290600, UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def fake() -> Iterator[FakePrometheus]:
    with serving() as server:
        yield server


@pytest.fixture
def server() -> PrometheusServer:
    settings = PrometheusSettings(answer_bytes=20_000, answer_seconds=30)
    return PrometheusServer(settings, clock=MovedClock(RECORDED_AT + timedelta(minutes=2)))


def home(fake: FakePrometheus, **given: Any) -> TelemetrySource:
    return TelemetrySource(name="home", url=fake.url, **given)


def when(words: str, name: str) -> Any:
    """Answer the questions that hold these words with a recorded answer, and others with nothing."""
    return lambda asked: recorded(name if words in asked.query else "empty")


async def test_machines_are_those_whose_load_is_known(fake, server):
    fake.answering = when("node_load1", "hosts")
    assert await server.hosts(home(fake, match={"job": "node"}), None) == (NAS,)
    assert fake.asked[0].path == "/api/v1/query"
    assert fake.asked[0].query == 'count by (instance) (node_load1{job="node"})'


async def test_numbers_of_now_carry_the_names_of_stewards_own(fake, server):
    fake.answering = when("node_filesystem_free_bytes", "used_now")
    numbers = await server.now(home(fake), NAS, None)
    assert list(numbers) == ["filesystems"]
    assert list(numbers["filesystems"]) == ["/srv used_bytes"]
    assert numbers["filesystems"]["/srv used_bytes"] == pytest.approx(46_097_883_136, rel=0.01)


@pytest.mark.parametrize("name", ["not_a_number", "empty"])
async def test_what_is_no_number_is_left_out(fake, server, name):
    fake.answering = lambda _asked: recorded(name)
    assert await server.now(home(fake), NAS, None) == {}
    assert await server.hosts(home(fake), None) == ()


async def test_numbers_that_are_stale_are_not_numbers_of_now(fake):
    fake.answering = when("node_filesystem_free_bytes", "used_now")
    late = PrometheusServer(PrometheusSettings(), clock=MovedClock(RECORDED_AT + timedelta(minutes=30)))
    assert await late.now(home(fake), NAS, None) == {}


async def test_an_hour_has_its_lowest_mean_and_highest(fake, server):
    def answering(asked: Asked) -> Answer:
        kinds = [
            kind for kind in ("min", "avg", "max") if asked.query.startswith(f"{kind}_over_time((node_filesystem_s")
        ]
        return recorded(f"used_{kinds[0]}" if kinds else "empty")

    fake.answering = answering
    begin = datetime.fromtimestamp(1795201200, UTC)
    points = (await server.hours(home(fake), NAS, None, begin=begin, end=begin + 10 * HOUR))["filesystems"]
    told = points["/srv used_bytes"]
    assert told[0].at == begin
    assert told[0].low < told[0].mean < told[0].high
    assert told[0].mean == pytest.approx(43_535_757_038.933334)
    hours = [(each.at - begin) / HOUR for each in told]
    assert hours == [0, 1, 2, 3, 4, 5, 7, 8, 9], "nothing was measured in the seventh hour"
    asked = next(each for each in fake.asked if each.query.startswith("min_over_time((node_filesystem_s"))
    assert asked.path == "/api/v1/query_range"
    assert asked.parameters == {"start": "1795204799", "end": "1795237199", "step": "3600"}


async def test_of_a_counter_the_begin_of_each_hour_is_kept_with_its_restart(fake, server):
    fake.answering = when("node_network_receive_bytes_total", "counter_hours")
    begin = datetime.fromtimestamp(1795240800, UTC)
    points = (await server.hours(home(fake), NAS, None, begin=begin, end=begin + 12 * HOUR))["traffic"]
    told = points["eth0 received_bytes"]
    assert told[0] == Point(at=begin, low=57_600_000, mean=57_600_000, high=57_600_000, seconds=3600)
    assert told[4].low == 0
    assert len(told) == 11


async def test_times_nobody_asked_for_are_left_out(fake, server):
    fake.answering = when("node_network_receive_bytes_total", "counter_hours")
    begin = datetime.fromtimestamp(1795240800, UTC)
    points = await server.hours(home(fake), NAS, None, begin=begin, end=begin + 3 * HOUR)
    assert [each.at for each in points["traffic"]["eth0 received_bytes"]] == [begin, begin + HOUR, begin + 2 * HOUR]


async def test_no_time_is_not_asked_for(fake, server):
    assert await server.hours(home(fake), NAS, None, begin=RECORDED_AT, end=RECORDED_AT) == {}
    assert fake.asked == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (recorded("error"), "unclosed left parenthesis"),
        (recorded("too_many_points"), "exceeded maximum resolution"),
        (Answer(recorded("hosts").body[:-40]), "not that of a Prometheus"),
        (Answer(b"<html>login</html>"), "not that of a Prometheus"),
        (Answer(b"[]"), "not that of a Prometheus"),
        (Answer(b"[" * 15_000), "not that of a Prometheus"),
        (Answer(b'{"status":"success"' + b" " * 30_000), "larger than 20000 bytes"),
        (Answer(b"", status=302, headers={"Location": "http://127.0.0.1:1/"}), "sends elsewhere"),
        (Answer(b'{"status":"error","error":"a\\u001b[31m\\nb"}', status=503), "a\\u{1b}[31m\\nb"),
        (Answer(b"x", headers={"Content-Encoding": "gzip"}), "packed"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_trouble_and_not_numbers(fake, server, answer, says):
    fake.answering = lambda _asked: answer
    with pytest.raises(Unreachable) as told:
        await server.hosts(home(fake), None)
    assert says in str(told.value)
    assert "telemetry source home" in str(told.value)


async def test_an_answer_whose_end_does_not_come_is_trouble_and_not_numbers(fake):
    server = PrometheusServer(PrometheusSettings(answer_seconds=1), clock=MovedClock(RECORDED_AT))
    fake.answering = lambda _asked: Answer(recorded("hosts").body, headers={"Content-Length": "99999"})
    with pytest.raises(Unreachable, match="telemetry source home"):
        await server.hosts(home(fake), None)


async def test_a_server_that_is_not_there_is_unreachable(fake, server):
    gone = TelemetrySource(name="gone", url="http://127.0.0.1:1")
    with pytest.raises(Unreachable, match="telemetry source gone: gives no numbers"):
        await server.hosts(gone, None)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_secret_needs_a_person(fake, server, status):
    fake.answering = lambda _asked: Answer(b"no", status=status)
    with pytest.raises(NeedsPerson, match="refuses to answer"):
        await server.hosts(home(fake), None)


async def test_the_secret_is_sent_as_the_file_says(fake, server):
    await server.hosts(home(fake), None)
    await server.hosts(home(fake, secret="secret://x"), Secret("a-token-of-ours"))
    await server.hosts(home(fake, secret="secret://x", user="anna"), Secret("a-password"))
    assert [each.authorization for each in fake.asked] == [
        "",
        "Bearer a-token-of-ours",
        "Basic YW5uYTphLXBhc3N3b3Jk",
    ]


async def test_nothing_of_the_environment_is_used(fake, server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await server.hosts(home(fake), None)
    assert len(fake.asked) == 1


async def test_a_certificate_file_that_cannot_be_read_needs_a_person(fake, server, tmp_path):
    with pytest.raises(NeedsPerson, match="ca_file"):
        await server.hosts(home(fake, ca_file=str(tmp_path / "none.pem")), None)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate of this machine that signs itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    file = tmp_path / "own.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / "key"), "-out", str(file)]
    subprocess.run([*words, *names], check=True, capture_output=True)
    file.write_text((tmp_path / "key").read_text() + file.read_text())
    return file


async def test_a_certificate_is_trusted_only_when_the_file_names_its_issuer(server, certificate):
    with serving(certificate) as fake:
        fake.answering = when("node_load1", "hosts")
        source = home(fake, secret="secret://x")
        with pytest.raises(NeedsPerson, match="its certificate is not trusted"):
            await server.hosts(source, Secret("a-token-of-ours"))
        assert fake.asked == []
        trusted = home(fake, ca_file=str(certificate))
        assert await server.hosts(trusted, Secret("a-token-of-ours")) == (NAS,)


async def test_a_label_from_outside_cannot_leave_its_quotes(fake, server):
    hostile = 'x"} or vector(1) #\n\\'
    await server.now(home(fake, match={"job": 'a"b'}), hostile, None)
    for asked in fake.asked:
        assert f"instance={json.dumps(hostile)}" in asked.query
        assert 'job="a\\"b"' in asked.query


@pytest.mark.parametrize(
    "result",
    [
        3,
        [3, None, {}, {"metric": 3, "value": 4}, {"metric": {"mountpoint": "/"}}],
        [{"metric": {"mountpoint": "/"}, "value": ["x", "y"]}],
        [{"metric": {"mountpoint": "/"}, "value": [10**400, "1"]}],
        [{"metric": {"mountpoint": "/"}, "value": [1795290600, "+Inf"]}],
        [{"metric": {"mountpoint": "/"}, "value": [1795290600, None]}],
        [{"metric": {"mountpoint": 3}, "value": [1795290600, "1"]}],
        [{"metric": {"mountpoint": "/" * 500}, "value": [1795290600, "1"]}],
        [{"metric": {}, "histogram": [1795290600, {"count": "1"}]}],
    ],
)
async def test_whatever_else_stands_in_an_answer_is_left_out(fake, server, result):
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
    fake.answering = lambda asked: Answer(body) if "filesystem" in asked.query else recorded("empty")
    assert await server.now(home(fake), NAS, None) == {}


async def test_a_name_from_outside_shows_what_it_is(fake, server):
    value = {"metric": {"mountpoint": "/a\u202eb"}, "value": [1795290600, "1"]}
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": [value] * 2}}).encode()
    fake.answering = lambda asked: Answer(body) if "size_bytes" in asked.query else recorded("empty")
    assert await server.now(home(fake), NAS, None) == {"filesystems": {"/a\\u{202e}b used_bytes": 1.0}}


async def test_more_series_than_fit_are_cut(fake):
    server = PrometheusServer(PrometheusSettings(most_series=3), clock=MovedClock(RECORDED_AT))
    values = [{"metric": {"mountpoint": f"/{number}"}, "value": [1795290600, "1"]} for number in range(9)]
    body = json.dumps({"status": "success", "data": {"result": values}}).encode()
    fake.answering = lambda asked: Answer(body) if "size_bytes" in asked.query else recorded("empty")
    assert len((await server.now(home(fake), NAS, None))["filesystems"]) == 3
