"""Fuzz the readers: `make parser-fuzz ARGS='--target cel --target cron --seconds 60'`; without a target, all of them.

Each target has a process of its own, guided by what its texts reach (atheris on libFuzzer). A text that makes anything
but our own errors leave, takes longer than `--timeout`, or needs more memory than `--memory` ends its target and is
kept below `.parser-fuzz`; `--again FILE` gives it once more. What was learned is kept there too, and gone on from.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.parser_fuzz.targets import TARGETS

_ROOT = Path(__file__).parents[2]
_PLACE = _ROOT / ".parser-fuzz"
_FIGURES = ("number_of_executed_units", "peak_rss_mb", "slowest_unit_time_sec")


def main() -> int:
    """Fuzz what was asked for; leave with 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.parser_fuzz", description=__doc__)
    parser.add_argument("--target", action="append", choices=tuple(TARGETS), help="only this one; may be repeated")
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    parser.add_argument("--timeout", type=int, default=5, help="most seconds for one text")
    parser.add_argument("--memory", type=int, default=1_024, help="most MiB of the process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path, metavar="FILE", help="give this text once more to the one target")
    given = parser.parse_args()
    names = given.target or list(TARGETS)
    if given.again is not None:
        limits = _limits(given.timeout, given.memory)
        return _ran(_command(names[0], [*limits, str(given.again.resolve())], given.memory)).returncode
    print(f"{'target':<12} {'texts':>10} {'MiB':>6} {'slowest s':>9}  outcome")
    found = [_fuzzed(name, given) for name in names]
    return 1 if any(found) else 0


def _fuzzed(name: str, given: argparse.Namespace) -> bool:
    """Fuzz one target and print its line; tell whether something was found."""
    corpus, found = _PLACE / name / "corpus", _PLACE / name / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed.encode())
    words = _PLACE / name / "words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in target.words), encoding="ascii")
    options = [
        *_limits(given.timeout, given.memory),
        f"-max_total_time={given.seconds}",
        f"-seed={given.seed}",
        f"-max_len={target.longest}",
        "-len_control=0",
        *([f"-dict={words}"] if target.words else []),  # an empty one is an error of its own
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        "-report_slow_units=2",
        str(corpus),
    ]
    ended = _ran(_command(name, options, given.memory))
    (_PLACE / name / "log").write_text(ended.stderr, encoding="utf-8", errors="replace")
    figures = [next(iter(re.findall(rf"stat::{figure}:\s+(\d+)", ended.stderr)), "?") for figure in _FIGURES]
    kept = re.findall(r"Test unit written to (\S+)", ended.stderr)
    is_found = ended.returncode != 0
    outcome = f"FOUND ({ended.returncode}): {', '.join(kept) or _PLACE / name / 'log'}" if is_found else "nothing"
    print(f"{name:<12} {figures[0]:>10} {figures[1]:>6} {figures[2]:>9}  {outcome}", flush=True)
    return is_found


def _limits(seconds: int, mebibytes: int) -> list[str]:
    return [f"-timeout={seconds}", f"-rss_limit_mb={mebibytes}"]


def _command(name: str, options: Sequence[str], mebibytes: int) -> list[str]:
    nice = [shutil.which("nice") or "nice", "-n", "19"]
    return [*nice, sys.executable, "-m", "tests.parser_fuzz.guided", name, str(mebibytes), *options]


def _ran(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(path) for path in (_ROOT / "src", _ROOT, os.environ.get("PYTHONPATH", "")))
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, errors="replace", check=False)


def _quoted(word: str) -> str:
    return "".join(chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
