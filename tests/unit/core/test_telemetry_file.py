"""`telemetry.yaml`: what may stand in it, and the line of what may not."""

from __future__ import annotations

import pytest

from steward.core.telemetry_file import NO_SOURCES, parse_telemetry
from steward.model.errors import InvalidFile
from steward.model.telemetry import TELEMETRY_FILE, TelemetryKind

GOOD = """\
sources:
  - name: home
    url: https://prometheus.lan:9090
    secret: secret://prometheus
    match: {job: node}
    machines: {"10.0.0.5:9100": nas}
  - name: attic
    url: http://127.0.0.1:9091/prometheus
"""


def test_a_good_file_is_read_with_its_defaults():
    home, attic = parse_telemetry(GOOD).sources
    assert (home.kind, home.label, home.days) == (TelemetryKind.PROMETHEUS, "instance", 60)
    assert (home.match, home.machines) == ({"job": "node"}, {"10.0.0.5:9100": "nas"})
    assert (attic.name, attic.secret) == ("attic", "")
    assert parse_telemetry(NO_SOURCES).sources == ()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("sources: 3\n", 1, "must be a list"),
        ("source: []\nsources: []\n", 1, "unknown field `source`"),
        (GOOD.replace("name: home", "name: At Home"), 2, "cannot be a name"),
        (GOOD.replace("name: attic", "name: home"), 7, "the name `home` already belongs"),
        (GOOD.replace("https://prometheus.lan:9090", "prometheus.lan"), 3, "must be an address"),
        (GOOD.replace("https://prometheus.lan:9090", "file:///etc/passwd"), 3, "must be an address"),
        (GOOD.replace("prometheus.lan:9090", "prometheus.lan:port"), 3, "must be an address"),
        (GOOD.replace("https://prometheus", "https://anna:pw@prometheus"), 3, "holds a user or a password"),
        (GOOD.replace("https://prometheus.lan:9090", "https://prometheus.lan/?x=1"), 3, "ends before"),
        (GOOD.replace("https://prometheus.lan", "http://prometheus.lan"), 3, "sent unencrypted"),
        (GOOD.replace("secret://prometheus", "the-token-itself"), 4, "must be the name of a secret"),
        (GOOD.replace("match: {job: node}", "match: {'a b': node}"), 5, "cannot be a label"),
        (GOOD.replace("match: {job: node}", "label: 'a}b'"), 5, "cannot be a label"),
        (GOOD.replace("match: {job: node}", "days: 90"), 5, "from 0 to 60"),
        (GOOD.replace("match: {job: node}", "instance: x"), 5, "unknown field"),
        (GOOD + "    user: anna\n", 9, "has no password"),
        (GOOD.replace("match: {job: node}", "kind: influx"), 5, "`sources[0].kind` does not fit"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(text: str, line: int, says: str):
    with pytest.raises(InvalidFile) as told:
        parse_telemetry(text)
    assert (told.value.file, told.value.line) == (TELEMETRY_FILE, line)
    assert says in told.value.what


def test_every_problem_of_the_file_is_told_at_once():
    text = GOOD.replace("name: home", "name: H").replace("http://127.0.0.1:9091/prometheus", "x")
    with pytest.raises(InvalidFile) as told:
        parse_telemetry(text)
    assert [problem.line for problem in told.value.problems] == [2, 8]
