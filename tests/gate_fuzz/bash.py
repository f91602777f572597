"""Run lines in a real bash whose every program is a stub that only writes down its words."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

BASH = shutil.which("bash")
BUILTINS = frozenset(
    ": [ cd command echo false printf pwd test true type ulimit umask".split()  # noqa: SIM905 - a list of words
)
"""What bash runs itself, of all that a table allows."""
_STUB = """#!/bin/sh
printf '%s\\0' "${0##*/}" "$@" '<end>' >> "$FUZZ_LOG"
case $FUZZ_INNER${0##*/} in sh|bash|dash|ash|zsh|ksh|ssh)
    for last; do :; done
    case $last in -*) ;; *) exec "$FUZZ_BASH" -c "$last" ;; esac
esac
exit 0
"""
_BATCH = """command_not_found_handle() { printf '%s\\0' "not found: $1" '<end>' >> "$FUZZ_LOG"; }
for FUZZ_LINE in "$FUZZ_LINES"/*; do
    export FUZZ_LOG="$FUZZ_LOGS/${FUZZ_LINE##*/}"
    ( . "$FUZZ_LINE" ) </dev/null >/dev/null 2>&1
done
exit 0
"""


class Bash:
    """A folder with stubs for these programs, and an empty one to run in."""

    def __init__(self, folder: Path, programs: Iterable[str]) -> None:
        self._folder = folder
        self.stubs = folder / "stubs"
        self.work = folder / "work"
        self.stubs.mkdir()
        self.work.mkdir()
        stub = self.stubs / "a-stub"
        stub.write_text(_STUB)
        stub.chmod(0o755)
        for name in {*programs, "touch", "rm"}:
            if name not in {"[", ":", "."} and "/" not in name:
                (self.stubs / name).symlink_to("a-stub")

    def run(self, lines: Sequence[str], *, runs_inner: bool = True) -> list[list[tuple[str, ...]]]:
        """Run each line in a shell of its own; return the words of every program that ran, line by line.

        With `runs_inner`, the stubs of shells and of `ssh` run the line that is their last word.
        """
        texts, logs = self._folder / "lines", self._folder / "logs"
        for place in (texts, logs):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        for index, line in enumerate(lines):
            (texts / f"{index:06}").write_text(line + "\n", "utf-8")
        environment = {
            "PATH": str(self.stubs),
            "FUZZ_LINES": str(texts),
            "FUZZ_LOGS": str(logs),
            "FUZZ_BASH": str(BASH),
        }
        environment["FUZZ_INNER"] = "" if runs_inner else "no-"
        subprocess.run(
            [str(BASH), "--norc", "--noprofile", "-c", _BATCH], cwd=self.work, env=environment, check=True, timeout=600
        )
        return [_read(logs / f"{index:06}") for index in range(len(lines))]

    def leftovers(self) -> list[str]:
        """Return the names of files that lines left behind, and remove them."""
        found = sorted(path.name for path in self.work.iterdir())
        for name in found:
            path = self.work / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return found


def _read(log: Path) -> list[tuple[str, ...]]:
    if not log.exists():
        return []
    records = log.read_bytes().decode("utf-8", errors="surrogateescape").split("<end>\0")
    return [tuple(record.split("\0")[:-1]) for record in records[:-1]]
