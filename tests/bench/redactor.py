"""Benchmark: how many secrets nobody told are found, how much clean text is touched, and how fast, beside detect-secrets."""

# ruff: noqa: E501 - lines of a log

from __future__ import annotations

import json
import random
import subprocess
import time

from steward.lib.redact import Redactor
from tests.bench.measure import REPOSITORY, Sample, say
from tests.bench.report import Row, Section
from tests.unit.lib.detect.cases import CLEAN, SECRETS
from tests.unit.lib.detect.test_find import marked

_PEER = str(REPOSITORY / ".venv-bench" / "bin" / "python")
_AIM_FOUND, _AIM_TOUCHED, _AIM_SPEED = 0.97, 0.02, 20.0


def measure(repetitions: int, *, log_lines: int) -> Section:
    """Run both over the same lines and the same log."""
    say("redactor: finding")
    texts = [marked(line) for line in SECRETS]
    log = _log(log_lines)
    given = json.dumps([[text for text, _ in texts] + list(CLEAN), log])
    said = subprocess.run([_PEER, "-m", "tests.bench.redactor_peer"], input=given, capture_output=True, text=True, check=True, cwd=REPOSITORY)  # fmt: skip
    peer = json.loads(said.stdout)
    redactor = Redactor()
    ours = sum(all(text[a:b] not in redactor.text(text) for a, b in spans) for text, spans in texts)
    theirs = sum(
        all(any(text[a:b] in value for value in found) for a, b in spans)
        for (text, spans), found in zip(texts, peer["found"], strict=False)
    )
    touched, peer_touched = (
        sum(redactor.text(line) != line for line in CLEAN),
        sum(map(bool, peer["found"][len(texts) :])),
    )
    speed = Sample(values=tuple(_speed(redactor, log) for _ in range(repetitions)))
    peer_speed = len(log) / peer["seconds"] / 1e6
    return Section(
        title="Masking secrets nobody told",
        intro=(
            f"{len(SECRETS)} secrets in the forms of real software and {len(CLEAN)} clean lines, the project's own test cases: they "
            f"were known while the detectors were written. The log is {len(log) / 1e6:.1f} MB without a secret. detect-secrets "
            "scans files with its default plug-ins and filters, and does not mask."
        ),
        rows=[
            _share("secrets wholly masked", ours / len(texts), theirs / len(texts), f"at least {_AIM_FOUND:.0%}", ours >= _AIM_FOUND * len(texts)),
            _share("clean lines touched", touched / len(CLEAN), peer_touched / len(CLEAN), f"at most {_AIM_TOUCHED:.0%}", touched <= _AIM_TOUCHED * len(CLEAN)),
            Row(
                what="masking a log",
                figure=speed.text("MB/s", 1),
                anchor=f"detect-secrets {peer_speed:.2f} MB/s",
                ratio=f"{speed.median / peer_speed:.0f}x",
                aim=f"at least {_AIM_SPEED:g} MB/s",
                is_met=speed.median >= _AIM_SPEED,
            ),
        ],
    )  # fmt: skip


def _share(what: str, ours: float, theirs: float, aim: str, is_met: bool) -> Row:
    return Row(what=what, figure=f"{ours:.1%}", anchor=f"detect-secrets {theirs:.1%}", aim=aim, is_met=is_met)


def _speed(redactor: Redactor, log: str) -> float:
    started = time.perf_counter()
    for at in range(0, len(log), 1 << 18):
        redactor.text(log[at : at + (1 << 18)])
    return len(log) / (time.perf_counter() - started) / 1e6


def _log(count: int) -> str:
    dice = random.Random(4)

    def line() -> str:
        address, number, digest = (
            f"10.0.{dice.randrange(256)}.{dice.randrange(256)}",
            dice.randrange(65_000),
            dice.randbytes(16).hex(),
        )
        return f"Aug {number % 28 + 1} 04:{number % 60:02}:11 host{number % 7} " + dice.choice((
            f"sshd[{number}]: Accepted publickey for root from {address} port {number} ssh2: ED25519 SHA256:{digest}",
            f"systemd[1]: Started session-{number}.scope - Session {number} of User root.",
            f'dockerd[812]: level=info msg="ignoring event" container={digest} module=libcontainerd',
            f'nginx: {address} - - "GET /api/v3/series/{number}?page=2 HTTP/1.1" 200 {number} "-" "Mozilla/5.0 (X11)"',
            f'app[99]: {{"level":"info","request_id":"{digest}","duration_ms":{number},"path":"/metrics"}}',
            f"backup: file /srv/data/{digest}/image.jpg changed, {number} bytes, mode 0644",
            f"smartd[77]: Device: /dev/sda [SAT], 194 Temperature_Celsius changed from {number % 60} to 40",
        ))  # fmt: skip

    return "\n".join(line() for _ in range(count))
