"""Break the lab and let Steward, homelab-guardian and homelab-helper look: what each says that it did not say before.

    python -m tests.bench.peers GUARDIAN_VENV HELPER_VENV

Judges nothing: a person reads what it prints and writes `docs/explanation/comparison.md`. homelab-guardian sees only
the machine it runs on, so it is copied into each; homelab-helper looks over SSH, as root, to be denied nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.measure import say
from tests.real.lab import Lab, LabError
from tests.real.lab.faults import FAULTS
from tests.real.operator import Operator

_MACHINES = ("m1", "m2", "m3", "m4", "m5", "m6", "d1")
_BROKEN = {
    "m1": ("disk_full", "failed_unit", "new_port"),
    "m2": ("clock_skew", "broken_unit"),
    "m3": ("dead_mount", "absent_mount"),
    "m4": ("out_of_memory", "changed_file"),
    "m5": ("inode_full", "cron_missed", "timer_missed"),
    "m6": ("security_update",),
    "d1": ("crash_loop", "crash_loop_transient", "unhealthy_container", "changed_image"),
}
_GONE = {"m4": "changed_host_key", "m5": "network_cut", "m6": "dead_host"}
"""What keeps everybody out comes last."""
_INSIDE = "/opt/homelab-guardian"
_CONFIG = """\
app: {database_path: /var/tmp/guardian/scans.sqlite, report_path: /var/tmp/guardian/report.md}
collectors:
  systemd: {enabled: true}
  disks: {enabled: true, paths: [{path: /}, {path: /var/log}, {path: /var/cache/apt}]}
  mounts: {enabled: true, mounts: [{path: /srv/photos}, {path: /srv/archive}]}
  firewall: {enabled: true}
  exposed_services: {enabled: true}
  ssh: {enabled: true}
  updates: {enabled: true}
  docker: {enabled: DOCKER}
"""
"""All it can be told of such a machine; paths that a machine does not have are told to none."""


class Guardian:
    """homelab-guardian, copied into a machine."""

    def __init__(self, lab: Lab, venv: Path) -> None:
        self._lab = lab
        self._packages = next(venv.glob("lib/python3*/site-packages"))

    def install(self, machine: str) -> None:
        """Copy it and its configuration."""
        self._lab.podman("cp", f"{self._packages}/.", f"{machine}:{_INSIDE}")
        config = _CONFIG.replace("DOCKER", "true" if machine.startswith("d") else "false")
        if machine != "m3":
            config = "".join(line for line in config.splitlines(keepends=True) if "mounts:" not in line)
        self._lab.run(
            machine, ["sh", "-c", f"mkdir -p {_INSIDE}; cat > {_INSIDE}/config.yaml"], stdin=config, check=True
        )

    def says(self, machine: str) -> set[str]:
        """Scan and return every check that is not well."""
        environment = ["env", f"PYTHONPATH={_INSIDE}"]
        scan = ["python3", "-m", "homelab_guardian.main", "--config", f"{_INSIDE}/config.yaml"]
        try:
            done = self._lab.run(machine, [*environment, *scan], timeout_seconds=90)
            report = self._lab.run(machine, ["cat", "/var/tmp/guardian/report.md"]).stdout
        except LabError as error:
            return {f"cannot be run: {error}"}
        return set(_not_well(report)) or {f"said nothing: {done.stderr[-300:]}"}

    def remove(self, machine: str) -> None:
        """Take it away."""
        self._lab.run(machine, ["rm", "-rf", _INSIDE, "/var/tmp/guardian"])


def _not_well(report: str) -> Iterator[str]:
    status = ""
    for line in report.splitlines():
        if line.startswith("- Status:"):
            status = line.rpartition(":")[2].strip(" *")
        elif line.startswith("- Summary:") and status != "ok":
            yield f"{status}: {line.removeprefix('- Summary:').strip()}"


class Helper:
    """homelab-helper, on this computer."""

    def __init__(self, lab: Lab, venv: Path, home: Path) -> None:
        self._lab = lab
        self._program = str(venv / "bin" / "helper")
        self._environment = {**os.environ, "HOMELAB_HELPER_HOME": str(home), "COLUMNS": "300", "NO_COLOR": "1"}
        self._run("db", "init")

    def says(self) -> set[str]:
        """Look at every machine, run what judges, and return what is open."""
        for machine in _MACHINES:
            known = self._lab.machine(machine)
            login = ["--ssh-user", "root", "--ssh-key", str(known.key), "--primary-ip", known.address]
            self._run("discover", "host", machine, *login)
        for judge in ("versions", "capacity", "storage", "anomalies"):
            self._run("discover", judge)
        listed = self._run("findings", "list", "--limit", "500")
        return {line.strip() for line in listed.splitlines() if line.strip()}

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [self._program, *words], env=self._environment, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            say(f"helper {' '.join(words[:3])} left with {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
        return done.stdout


def _steward_says(operator: Operator) -> set[str]:
    for machine in _MACHINES:
        operator.run("machines", "check", machine, "--afresh")
    explained = operator.call("why", ok=(0, 10, 11))["explained"]
    changes = operator.call("changed", "--since", "1h")["changed"]
    told = {f"{x['finding']['severity']}: {x['finding']['title']}" for x in explained}
    return told | {f"changed on {x['machine']}: {x['difference']['subject']}" for x in changes}


def main() -> None:
    """Look at all three before, with faults, and with machines that do not answer."""
    lab = Lab.from_environment(say=say)
    lab.up()
    guardian = Guardian(lab, Path(sys.argv[1]))
    operator = Operator(lab, scan_seconds=10)
    with tempfile.TemporaryDirectory(prefix="peers-") as home, ThreadPoolExecutor(3) as pool:
        helper = Helper(lab, Path(sys.argv[2]), Path(home))
        try:
            operator.start()
            for machine in _MACHINES:
                guardian.install(machine)
                operator.add(machine, "watch")

            def look() -> dict[str, set[str]]:
                ours = pool.submit(_steward_says, operator)
                others = pool.submit(helper.says)
                told = {f"guardian {machine}": guardian.says(machine) for machine in _MACHINES}
                return {"Steward": ours.result(), "helper": others.result(), **told}

            say("all is well")
            before = look()
            _print("with nothing broken", {}, before)
            for machine, faults in _BROKEN.items():
                for fault in faults:
                    _break(lab, fault, machine)
            broken = look()
            _print("what is new with faults", before, broken)
            for machine, fault in _GONE.items():
                _break(lab, fault, machine)
            _print("what is new with machines that do not answer", broken, look())
        finally:
            for machine, fault in [*_GONE.items(), *((one, each) for one, some in _BROKEN.items() for each in some)]:
                if fault in FAULTS:
                    lab.heal(fault, machine)  # first those that keep everybody out
            for machine in _MACHINES:
                guardian.remove(machine)
            operator.close()


def _break(lab: Lab, fault: str, machine: str) -> None:
    try:
        say(f"{fault} on {machine}")
        lab.fault(fault, machine)
    except LabError as error:
        say(f"not on this computer: {error}")


def _print(what: str, before: dict[str, set[str]], after: dict[str, set[str]]) -> None:
    print(f"\n# {what}\n")
    for tool, lines in after.items():
        print(f"## {tool}\n")
        print("\n".join(f"- {line}" for line in sorted(lines - before.get(tool, set()))) or "nothing", end="\n\n")


if __name__ == "__main__":
    main()
