"""The local executor's own promises; those of every executor are in `tests/suites`."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from steward.adapters.executors.local import PLUGIN, LocalExecutor, LocalSettings
from steward.model.errors import Unreachable
from steward.model.fact import Reading
from steward.ports.executor import MarkerState
from tests.suites.executors import CLOCK, here, until


async def test_a_shell_that_is_not_there_makes_the_machine_unreachable(tmp_path: Path):
    place = here(tmp_path)
    executor = LocalExecutor(LocalSettings(shell=("/no/shell",)), clock=CLOCK, find_machine=lambda _: None)
    with pytest.raises(Unreachable, match="/no/shell"):
        await executor.read(place.machine, [Reading(name="x", argv=("true",))])


async def test_nothing_of_stewards_own_environment_reaches_a_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STEWARD_TOKEN", "do not tell")
    place = here(tmp_path)
    outputs = await place.executor().read(place.machine, [Reading(name="x", argv=("env",))])
    assert "do not tell" not in outputs["x"].stdout


async def test_an_order_outlives_whoever_waits_for_it(tmp_path: Path):
    place = here(tmp_path)
    order = place.order(script=f"while [ ! -e {tmp_path}/gate ]; do sleep 0.05; done; echo end")
    waiting = asyncio.create_task(place.executor().run(place.machine, order))
    await until(lambda: place.effects() == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (tmp_path / "gate").touch()
    report = await place.executor().run(place.machine, order)
    assert (report.output, report.was_attached, place.effects()) == ("end\n", True, 1)


async def test_the_leader_is_in_a_session_of_its_own(tmp_path: Path):
    place = here(tmp_path)
    waiting = asyncio.create_task(place.executor().run(place.machine, place.order(script="sleep 60")))
    await until(lambda: place.effects() == 1)
    leader, program = place.pid("leader"), place.pid("program")
    assert len({os.getsid(0), os.getsid(leader), os.getsid(program)}) == 3
    await place.executor().end(place.machine, "key-1")
    assert (await waiting).was_ended


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv to be nobody")
async def test_a_reading_that_needs_a_right_nobody_gave_fails_and_says_so(tmp_path: Path):
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/sh")
    executor = LocalExecutor(LocalSettings(shell=nobody), clock=CLOCK, find_machine=lambda _: None)
    outputs = await executor.read(
        here(tmp_path).machine,
        [Reading(name="root", argv=("id", "-u"), needs_root=True), Reading(name="own", argv=("id", "-u"))],
    )
    assert outputs["root"].exit_code not in (0, None)
    assert "sudo" in outputs["root"].stderr
    assert outputs["own"].stdout == "65534\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
async def test_on_a_full_disk_nothing_starts_and_looking_goes_on(tmp_path: Path):
    place = here(tmp_path)
    place.state.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place.state], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        executor = place.executor()
        assert (await executor.run(place.machine, place.order("key-before"))).exit_code == 0
        filler = place.state / "filler"
        with suppress(OSError):
            filler.write_bytes(b"x" * 1_000_000)
        with pytest.raises(Unreachable, match="cannot"):
            await executor.run(place.machine, place.order())
        outputs = await executor.read(place.machine, [Reading(name="disk", argv=("df", str(place.state)))])
        assert "100%" in outputs["disk"].stdout
        assert (await executor.ask(place.machine, "key-before")).state is MarkerState.DONE
        filler.unlink()
        assert (await executor.ask(place.machine, "key-1")).state is MarkerState.ABSENT
        assert (await executor.run(place.machine, place.order())).exit_code == 0
        assert place.effects() == 2
    finally:
        subprocess.run(["umount", "--lazy", place.state], check=True)


def test_the_plugin_builds_the_executor_of_its_transport():
    built = PLUGIN.build(PLUGIN.settings(), clock=CLOCK, find_machine=lambda _: None)
    assert PLUGIN.name == "local"
    assert isinstance(built, LocalExecutor)
