"""One real Steward in folders of its own: the installed program, its daemon, its terminal. Nothing is faked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from steward.lib.codec import decode
from steward.model.receipt import Receipt
from steward.model.run import ENDED, Run
from tests.real.lab import Lab

PROGRAM = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "steward"
PASSWORD = "the lab is only a lab"
SUDOERS = "/etc/sudoers.d/steward"
MARKERS = "/home/steward/.local/state/steward"
"""Where the runner on a machine keeps its markers and its fence."""
T = TypeVar("T")


class Refused(AssertionError):
    """A call ended with another exit code than the test expects."""


class Operator:
    """A Steward of its own. `close` ends every process of it and takes its rights away from the machines."""

    def __init__(self, lab: Lab | None, *, folder: Path | None = None, scan_seconds: int = 3) -> None:
        self.lab = lab
        self.folder = folder or Path(tempfile.mkdtemp(prefix="op-", dir="/tmp"))  # a socket's path must be short
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")},
            "STEWARD_DATA": str(self.folder / "data"),
            "STEWARD_KEYS": str(self.folder / "keys"),
            "STEWARD_WORKSPACE": str(self.folder / "workspace"),
            "STEWARD_SSH_CONFIG": str(self.folder / "ssh_config"),
            "STEWARD_SCAN_SECONDS": str(scan_seconds),
            "NO_COLOR": "1",
        }
        self.password_file = self.folder / "password"
        self.log = self.folder / "log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.machines: list[str] = []
        self.is_prepared = False
        (self.folder / "ssh_config").touch()
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def workspace(self) -> Path:
        """The workspace."""
        return self.folder / "workspace"

    @property
    def socket(self) -> Path:
        """Where the daemon answers."""
        return self.data / "run" / "steward.sock"

    @property
    def daemon(self) -> subprocess.Popen[bytes]:
        """The process of `steward up`."""
        return self.processes["daemon"]

    def init(self, *, database: str | None = None) -> None:
        """Create the workspace, the store and the owner's secret."""
        if database:
            self.environment["STEWARD_DATABASE"] = database
        if not self.workspace.exists():
            self.run("init", "--password-file", str(self.password_file), ok=(0,))

    def start(
        self,
        *,
        database: str | None = None,
        no_work: bool = False,
        crash: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start `steward up` and wait until it answers; `crash` is `<point>:<n>`, where it kills itself.

        The machine the tests run on is taken out of the inventory: the lab is what they are about.
        """
        self.init(database=database)
        words = ["up", *(["--no-work"] if no_work else [])]
        self.processes["daemon"] = self._spawn(words, crash=crash, environment=environment or {})
        self.until("the daemon answers", self._answers, within=120)
        if not self.is_prepared:
            self.call("machines", "remove", "this-machine")
            self.is_prepared = True

    def worker(self, name: str, *, crash: str = "", environment: Mapping[str, str] | None = None) -> None:
        """Start a `steward worker` of this name and wait until it is ready."""
        more = {"STEWARD_WORKER": name, **(environment or {})}
        ready = f"Worker {name} is ready."
        before = self.said().count(ready)
        self.processes[name] = self._spawn(["worker"], crash=crash, environment=more)
        self.until(f"worker {name} is ready", lambda: self.said().count(ready) > before, within=120)

    def stop(self, name: str = "daemon") -> int:
        """End a process the polite way and return its exit code."""
        return self._end(name, signal.SIGTERM)

    def kill(self, name: str = "daemon") -> int:
        """End a process as a power cut would, at once."""
        return self._end(name, signal.SIGKILL)

    def wait_dead(self, name: str = "daemon", *, within: float = 60) -> int:
        """Wait until a process has ended by itself (a crash point) and return its exit code."""
        return self.processes[name].wait(timeout=within)

    def close(self) -> None:
        """End everything, take the rights away from the machines, remove the folders."""
        for name in list(self.processes):
            self._end(name, signal.SIGKILL)
        for machine in self.machines:
            if self.lab is not None and self.lab.state(machine) == "running":
                self.lab.run(machine, ["rm", "-f", SUDOERS])
                self.reset_fence(machine)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *words: str, ok: Sequence[int] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Type `steward WORDS` and return what came of it; with `ok`, refuse other exit codes."""
        done = subprocess.run(
            [PROGRAM, *words],
            env={**self.environment, "STEWARD_PASSWORD_FILE": str(self.password_file)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        if ok is not None and done.returncode not in ok:
            said = f"steward {' '.join(words)} left with {done.returncode}, not {ok}:\n{done.stdout}{done.stderr}"
            raise Refused(f"{said}\n{self.said()[-8000:]}" if "not running" in done.stderr + done.stdout else said)
        return done

    def call(self, *words: str, ok: Sequence[int] = (0,)) -> Any:
        """Type `steward WORDS --json` and return the JSON it prints; a problem is under its `error`."""
        done = self.run(*words, "--json", ok=ok)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            raise Refused(f"steward {' '.join(words)} printed no JSON:\n{done.stdout}{done.stderr}") from None

    def refuse(self, *words: str, code: int) -> dict[str, Any]:
        """Type `steward WORDS --json`, which must leave with this exit code, and return its error."""
        error: dict[str, Any] = self.call(*words, ok=(code,))["error"]
        return error

    def add(self, machine: str, level: str = "ask", *, sudo: bool = True, takes_over: bool = True) -> dict[str, Any]:
        """Add, check, confirm and promote a machine of the lab, with the sudoers lines Steward shows.

        `takes_over` forgets which control plane the machine obeyed before.
        """
        lab = self._lab()
        if takes_over:
            self.reset_fence(machine)
        known = lab.machine(machine)
        words = ["machines", "add", machine, known.address, "--identity-file", str(known.key)]
        self.machines.append(machine)
        presented = self.call(*words)["presented_key"]
        on_console = lab.run(machine, ["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).stdout.split()[1]
        assert presented == on_console
        card: dict[str, Any] = self.call("machines", "confirm", machine, on_console)
        if level != "watch":
            card = self.call("machines", "promote", machine, "--to", level)
        if sudo:
            access = card["access"]
            self.give_rights(machine, [*access["to_look"], *(access["to_act"] if level != "watch" else [])])
            card = self.call("machines", "check", machine)
        return card

    def give_rights(self, machine: str, lines: Sequence[str]) -> None:
        """Put these lines into the machine's sudoers, as a person would."""
        lab = self._lab()
        put = f"umask 337; cat > {SUDOERS}.new && visudo -cqf {SUDOERS}.new && mv {SUDOERS}.new {SUDOERS}"
        lab.run(machine, ["sh", "-c", put], stdin="\n".join(lines) + "\n", check=True)

    def reset_fence(self, machine: str) -> None:
        """Let a machine forget which control plane it obeys, and every marker with it."""
        self._lab().run(machine, ["rm", "-rf", MARKERS], check=True)

    def find(self, check: str, machine: str, *, severity: str = "", within: float = 60) -> dict[str, Any]:
        """Wait for a finding (of this severity, if given) and return it as `why` explains it, `finding` inside."""

        def seen() -> dict[str, Any] | None:
            explained = self.call("why", ok=(0, 10, 11))["explained"]
            fits = [x for x in explained if x["finding"]["check"] == check and x["machine"] == machine]
            return next((x for x in fits if severity in {"", x["finding"]["severity"]}), None)

        self.run("machines", "check", machine)
        return self.until(f"{check} is found on {machine}", seen, within=within)

    def gone(self, check: str, machine: str, *, within: float = 60) -> None:
        """Wait until a finding is there no more."""

        def is_gone() -> bool:
            explained = self.call("why", ok=(0, 10, 11))["explained"]
            return not any(x["finding"]["check"] == check and x["machine"] == machine for x in explained)

        self.run("machines", "check", machine)
        self.until(f"{check} is gone on {machine}", is_gone, within=within)

    def plan(self, what: str, *, ok: Sequence[int] = (12,)) -> dict[str, Any]:
        """Plan the cure of a finding or a workflow file and return its card."""
        card: dict[str, Any] = self.call("plan", what, ok=ok)
        return card

    def ask(self, *words: str) -> dict[str, Any]:
        """Type a command that changes a machine and return the card of the plan that now waits."""
        card: dict[str, Any] = self.call(*words, ok=(12,))
        return card

    def shell(self, machine: str, script: str, reason: str = "a test of the lab") -> str:
        """Run a script with approval and return its run."""
        card = self.ask("shell", "run", machine, script, reason)
        self.approve(card["approval"]["code"])
        return str(card["run"])

    def approve(self, code: str) -> dict[str, Any]:
        """Say yes and return the card, whose `run` then runs."""
        card: dict[str, Any] = self.call(*self.yes(code))
        return card

    def yes(self, code: str) -> tuple[str, ...]:
        """Return the words that approve; for what cannot be put back with the names that the card asks to be typed."""
        shown = self.run("approvals", "show", code, "--json")
        wanted = json.loads(shown.stdout)["to_type"] if shown.returncode in {0, 12} else ""
        return ("approvals", "approve", code, *(("--target", wanted) if wanted else ()))

    def get_run(self, run: str) -> Run:
        """Return how a run stands now."""
        return self.receipt(run).run

    def receipt(self, run: str) -> Receipt:
        """Return the receipt of a run as it is now."""
        return decode(Receipt, self.call("runs", "show", run))

    def wait_run(self, run: str, *, within: float = 120) -> Receipt:
        """Wait until a run has ended (`unknown` is an end) and return its receipt."""

        def ended() -> Receipt | None:
            receipt = self.receipt(run)
            return receipt if receipt.run.state in ENDED else None

        return self.until(f"{run} ends", ended, within=within)

    def said(self) -> str:
        """Return everything the daemon and the workers have said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def until(self, what: str, holds: Callable[[], T | None], *, within: float = 60) -> T:
        """Wait until `holds()` gives something true and return it."""
        end = time.monotonic() + within
        while not (value := holds()):
            for name, process in list(self.processes.items()):
                if name == "daemon" and process.poll() is not None:
                    raise Refused(f"waiting until {what}: {name} left with {process.returncode}\n{self.said()[-4000:]}")
            if time.monotonic() > end:
                raise Refused(f"waited {within:g} s, but not: {what}\n{self.said()[-4000:]}")
            time.sleep(0.2)
        return value

    def _lab(self) -> Lab:
        assert self.lab is not None, "this operator was made without a lab"
        return self.lab

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            try:
                link.connect(str(self.socket))
            except OSError:
                return False
        return True

    def _spawn(self, words: Sequence[str], *, crash: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        more = {"STEWARD_TEST_CRASH": crash} if crash else {}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [PROGRAM, *words],
                env={**self.environment, **more, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _end(self, name: str, number: signal.Signals) -> int:
        process = self.processes.pop(name, None)
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(timeout=90)
