"""The readings of the system itself, run for real on the machine that runs the tests, in each shell it has."""

import shutil
import subprocess

import pytest

from steward.lib.codec import encode
from steward.model.fact import CommandOutput
from tests.unit.knowhow.plugins import FACTS

SHELLS = {"sh": ("sh",), "dash": ("dash",), "busybox": ("busybox", "sh"), "bash": ("bash", "--posix")}
NAMES = (
    "account_states",
    "backing_devices",
    "boot_times",
    "clock",
    "crashes",
    "cron",
    "hardware",
    "kept_files",
    "kernel",
    "load",
    "package_states",
    "processes",
    "sensors",
    "stale_programs",
    "supplies",
    "timers",
)
"""Facts that every Linux gives, if only to say that there is nothing of that kind."""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", NAMES)
def test_a_reading_gives_its_fact_in_every_shell(name: str, shell: str) -> None:
    program = shutil.which(SHELLS[shell][0])
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (reading,) = FACTS[name].readings
    words = (program, *SHELLS[shell][1:], *reading.argv[1:])
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    output = CommandOutput(exit_code=ended.returncode, stdout=ended.stdout, stderr=ended.stderr)
    encode(FACTS[name].parse({reading.name: output}))
    assert len(ended.stdout) < reading.output_limit
    assert ended.stderr == ""
