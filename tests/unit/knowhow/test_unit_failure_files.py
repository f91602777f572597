"""What a machine gets so that it keeps failures: run by real shells in a folder of the test, checked by systemd."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from steward.knowhow import unit_failure_files as files
from steward.knowhow.facts.unit_failures import PLUGIN, Keeping
from steward.model.fact import CommandOutput

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]


def moved(text: str, root: Path) -> str:
    """Return a script with every place below a folder of the test, and systemctl out of the way."""
    for place in ("/var/lib/steward-failed", "/etc/systemd/system", "/usr/local/lib/steward"):
        text = text.replace(place, f"{root}{place}")
    return text.replace("PATH=/usr/sbin", f"PATH={root}/bin:/usr/sbin")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("bin", "etc/systemd/system", "usr/local/lib", "var/lib/steward-failed"):
        (tmp_path / folder).mkdir(parents=True)
    program = tmp_path / "bin" / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/called\n[ "$1" = show ] && echo from-systemctl\nexit 0\n')
    program.chmod(0o755)
    return tmp_path


def run(root: Path, verb: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    words = [shell, "-c", moved(files.SCRIPT, root), "steward", verb]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def there(root: Path) -> dict[str, str]:
    return {path: (root / path[1:]).read_text() for path in files.FILES if (root / path[1:]).exists()}


@pytest.mark.parametrize("shell", SHELLS)
def test_put_writes_exactly_the_files_and_drop_takes_them_away(root: Path, shell: str) -> None:
    assert run(root, "put", shell).returncode == 0
    assert there(root) == {path: moved(text, root) for path, text in files.FILES.items()}
    assert run(root, "put", shell).returncode == 0
    assert run(root, "drop", shell).returncode == 0
    assert there(root) == {}
    assert (root / "called").read_text().split("\n")[0] == "daemon-reload"


def test_a_file_of_somebody_else_or_a_link_is_left_alone(root: Path) -> None:
    theirs = root / "etc/systemd/system/service.d/10-steward-failed.conf"
    theirs.parent.mkdir()
    theirs.write_text("[Unit]\n")
    refused = run(root, "put")
    assert (refused.returncode, theirs.read_text()) == (1, "[Unit]\n")
    assert "not of Steward" in refused.stderr
    theirs.unlink()
    theirs.symlink_to(root / "called")
    assert run(root, "drop").returncode == 1


def test_another_word_does_nothing(root: Path) -> None:
    assert run(root, "now").returncode == 1
    assert there(root) == {}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_handler_keeps_a_failure_and_the_fact_reads_it(root: Path, shell: str) -> None:
    handler = moved(files.FILES["/usr/local/lib/steward/failed-unit"], root)
    told = {
        "MONITOR_INVOCATION_ID": "ab" * 16,
        "MONITOR_SERVICE_RESULT": "exit-code",
        "MONITOR_EXIT_STATUS": "3",
        "PATH": "/usr/bin:/bin",
    }
    words = [shell, "-c", handler, "failed-unit", r"back\x2dup@nas.service"]
    assert subprocess.run(words, env=told, check=False).returncode == 0
    subprocess.run([shell, "-c", handler, "failed-unit", "old.service"], env={"PATH": "/usr/bin:/bin"}, check=True)
    read = moved(PLUGIN.readings[0].argv[2], root)
    printed = subprocess.run(["sh", "-c", read], capture_output=True, text=True, check=True).stdout
    seen = PLUGIN.parse({"kept": CommandOutput(exit_code=0, stdout=printed)})
    by_unit = {failure.unit: failure for failure in seen.failures}
    assert set(by_unit) == {r"back\x2dup@nas.service", "old.service"}
    kept = by_unit[r"back\x2dup@nas.service"]
    assert (kept.result, kept.status, kept.invocation) == ("exit-code", "3", "ab" * 16)
    assert (by_unit["old.service"].result, by_unit["old.service"].invocation) == ("from-systemctl", "")


def test_the_folder_is_a_ring_of_the_newest(root: Path) -> None:
    spool = root / "var/lib/steward-failed"
    for number in range(300):
        (spool / f"1700000{number:03}-1").write_text("at 1\n")
    handler = moved(files.FILES["/usr/local/lib/steward/failed-unit"], root)
    subprocess.run(["sh", "-c", handler, "failed-unit", "a.service"], env={"PATH": "/usr/bin:/bin"}, check=True)
    assert len([*spool.iterdir()]) == files.MOST_KEPT
    assert not (spool / "1700000000-1").exists()


def test_the_fact_knows_whether_the_files_are_the_ones_it_would_write(root: Path) -> None:
    read = moved(PLUGIN.readings[0].argv[2], root)

    def keeping() -> Keeping:
        printed = subprocess.run(["sh", "-c", read], capture_output=True, text=True, check=True).stdout
        printed = printed.replace(str(root), "")
        return PLUGIN.parse({"kept": CommandOutput(exit_code=0, stdout=printed)}).keeping

    assert keeping() is Keeping.ABSENT
    for path, text in files.FILES.items():
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).write_text(text)
    assert keeping() is Keeping.ON
    (root / "etc/systemd/system/service.d/10-steward-failed.conf").write_text("edited\n")
    assert keeping() is Keeping.OTHER


def test_the_script_is_one_line_that_sudo_can_carry() -> None:
    assert "\n" not in files.SCRIPT
    assert "\\" not in files.SCRIPT
    assert subprocess.run(["sh", "-n"], input=files.SCRIPT, text=True, check=False).returncode == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    unit = tmp_path / "steward-failed@web.service.service"
    text = files.FILES[f"/etc/systemd/system/{files.UNIT}"]
    unit.write_text(text.replace("/usr/local/lib/steward/failed-unit", "/bin/true"))
    web = tmp_path / "web.service"
    dropped = files.FILES["/etc/systemd/system/service.d/10-steward-failed.conf"]
    web.write_text(f"{dropped}\n[Service]\nExecStart=/bin/true\n")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit), str(web)], capture_output=True, text=True, check=False
    )
    said = [line for line in checked.stderr.splitlines() if "web.service" in line or "steward-failed" in line]
    assert said == []
