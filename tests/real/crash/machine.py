"""The machine's side of a case, seen and armed from outside through its file system, without a command run there."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.real.crash.history import Effect
from tests.real.crash.victim import WORK
from tests.real.lab import Lab
from tests.real.operator import MARKERS

_UNITS = {
    "crash-a": ("true", "true"),
    "crash-b": ("true", "true"),
    "crash-c": ("false", "true"),
}
_GATE = f": >{WORK}/arrived; while [ ! -e {WORK}/open ]; do sleep 0.05; done\n"
_KILL = f": >{WORK}/arrived; kill -9 $$\n"
_LINE = re.compile(r"(\S+) (\d+)\Z")


class CrashMachine:
    """One lab machine."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab = lab
        self.name = name
        self._root = Path(f"/proc/{lab.podman.process_id(name)}/root")

    def prepare(self) -> None:
        """Make the folder for effects and the units of the undo plan."""
        self.lab.run(self.name, ["sh", "-c", f"rm -rf {WORK}; mkdir -m 777 {WORK}"], check=True)
        for unit, (start, stop) in _UNITS.items():
            text = (
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                f"ExecStart=/bin/sh -c '{_write(unit, 'start')}; {start}'\n"
                f"ExecStop=/bin/sh -c '{_write(unit, 'stop')}; {stop}'\n"
            )
            self.file(f"/etc/systemd/system/{unit}.service").write_text(text)
        self.lab.run(self.name, ["systemctl", "daemon-reload"], check=True)

    def file(self, path: str) -> Path:
        """Return a file of the machine."""
        return self._root / path.lstrip("/")

    def begin(self, case: str, *, with_units: bool) -> None:
        """Start a case: its name, no armed points, units up."""
        for leftover in self.file(WORK).iterdir():
            if leftover.name != "effects":
                leftover.unlink()
        if with_units:
            (self.file(WORK) / "case").write_text("setting-up")
            reset = "systemctl reset-failed; systemctl stop crash-c; systemctl start crash-a crash-b"
            self.lab.run(self.name, ["sh", "-c", reset])
        (self.file(WORK) / "case").write_text(case)

    def arm(self, point: str, count: int, *, waits: bool) -> None:
        """Let the n-th passing of a point kill the shell there, or wait until `let_go`."""
        (self.file(WORK) / f"{point}.{count}").write_text(_GATE if waits else _KILL)

    def arrived(self) -> bool:
        """Tell whether the armed point was reached."""
        return (self.file(WORK) / "arrived").exists()

    def let_go(self) -> None:
        """Let what waits at the point go on."""
        (self.file(WORK) / "open").touch()

    def effects(self, case: str) -> tuple[Effect, ...]:
        """Return what the actions of a case wrote."""
        file = self.file(WORK) / "effects"
        lines = file.read_text().splitlines() if file.exists() else []
        found = (_LINE.match(line) for line in lines if line.startswith(f"{case}/"))
        return tuple(Effect(label=m[1], machine=self.name, nanoseconds=int(m[2])) for m in found if m)

    def starts(self, key: str) -> int:
        """Return in how many attempts of a key the program was started."""
        return sum((attempt / "program").exists() for attempt in self.file(MARKERS).glob(f"steps/{key}/[0-9]*"))

    def quiet(self, within: float = 10) -> None:
        """Wait until nothing writes effects any more."""
        file, size = self.file(WORK) / "effects", -1
        end = time.monotonic() + within
        while time.monotonic() < end:
            now = file.stat().st_size if file.exists() else 0
            if now == size:
                return
            size = now
            time.sleep(0.4)


def script(label: str) -> str:
    """Return the script of one shell step: one line, then a little time in which it runs."""
    return f"echo {label} $(date +%s%N) >>{WORK}/effects; sleep 0.3"


def label_of(argv: tuple[str, ...], case: str) -> str:
    """Return what the effect of an action writes."""
    if "systemctl" in argv[-3:][0]:
        return f"{case}/{argv[-1].removesuffix('.service')}.{argv[-2]}"
    return argv[-1].split()[1]


def _write(unit: str, verb: str) -> str:
    return f"echo $$(cat {WORK}/case)/{unit}.{verb} $$(date +%%s%%N) >>{WORK}/effects"
