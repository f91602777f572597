"""SSH's own promises, against a real sshd: proof of the host, one kept connection, lost links, many machines."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from steward.adapters.executors.ssh import PLUGIN, SshSettings
from steward.adapters.executors.ssh.executor import SshExecutor
from steward.model.errors import Braked, LinkLost, NeedsPerson, Unreachable
from steward.model.fact import Reading
from steward.ports.executor import MarkerState, Report
from tests.suites.executors import CLOCK, Place, machine_of, over_ssh, serving, until
from tests.suites.sshd import SSHD, Sshd

pytestmark = pytest.mark.skipif(not SSHD, reason="sshd is not installed")

LOOK = [Reading(name="kernel", argv=("uname", "-s"))]


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine behind its own sshd, which logs what is asked of it, and may be slow to say goodbye."""
    monkeypatch.setattr("steward.adapters.executors.ssh.executor._GOODBYE_SECONDS", 30.0)
    patient = {"pause_seconds": 0, "connect_seconds": 60}
    made = over_ssh(tmp_path, extra="LogLevel DEBUG1\nMaxStartups 200", settings=patient)
    yield made
    for executor in made.opened:
        await executor.close()
    assert made.sshd is not None
    made.sshd.stop()


def log(place: Place) -> str:
    assert place.sshd is not None
    return (place.sshd.root / "log").read_text()


def sshd_of(place: Place) -> Sshd:
    assert place.sshd is not None
    return place.sshd


# ---- proof of the host ----------------------------------------------------------------------------------------------


async def test_a_changed_host_key_is_refused_before_anything_is_sent(far: Place):
    expected = "SHA256:" + "A" * 43
    executor = far.executor()
    for ask in (
        executor.read(machine_of(sshd_of(far), host_key=expected), LOOK),
        executor.run(machine_of(sshd_of(far), host_key=expected), far.order()),
        executor.ask(machine_of(sshd_of(far), host_key=expected), "key-1"),
    ):
        with pytest.raises(NeedsPerson) as refused:
            await ask
        assert expected in refused.value.why
        assert sshd_of(far).fingerprint() in refused.value.why
        assert refused.value.next_step.endswith("steward machines confirm far")
    assert "userauth-request" not in log(far)
    assert far.effects() == 0
    await executor.read(far.machine, LOOK)
    assert "userauth-request" in log(far)


async def test_a_machine_whose_key_nobody_confirmed_is_not_connected_to(far: Place):
    with pytest.raises(NeedsPerson, match="not confirmed"):
        await far.executor().read(machine_of(sshd_of(far), host_key=""), LOOK)
    assert "Remote protocol version" not in log(far)


async def test_the_presented_key_is_told_without_a_login(far: Place):
    assert await far.executor().host_key(machine_of(sshd_of(far), host_key="")) == sshd_of(far).fingerprint()
    assert "userauth-request" not in log(far)


async def test_the_pin_may_be_of_any_key_type_the_host_has(tmp_path: Path):
    sshd = Sshd(tmp_path / "sshd", host_key_types=("ed25519", "rsa")).start()
    executor = SshExecutor(SshSettings(identity_files=(str(sshd.identity),)), clock=CLOCK, find_machine=lambda _: None)
    try:
        pinned = machine_of(sshd, host_key=sshd.fingerprint("rsa"))
        assert (await executor.read(pinned, LOOK))["kernel"].exit_code == 0
        assert await executor.host_key(pinned) == sshd.fingerprint("ed25519")
    finally:
        await executor.close()
        sshd.stop()


async def test_an_entry_in_known_hosts_does_not_replace_the_pin(far: Place, tmp_path: Path):
    key = (sshd_of(far).root / "host_ed25519.pub").read_text()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sshd_of(far).port} {key}")
    executor = far.executor(known_hosts_file=str(known))
    with pytest.raises(NeedsPerson):
        await executor.read(machine_of(sshd_of(far), host_key="SHA256:other"), LOOK)


async def test_the_configuration_cannot_switch_proof_off(far: Place, tmp_path: Path):
    config = tmp_path / "config"
    config.write_text("Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  ForwardAgent yes\n")
    executor = far.executor(config_file=str(config))
    with pytest.raises(NeedsPerson):
        await executor.read(machine_of(sshd_of(far), host_key="SHA256:other"), LOOK)
    await executor.read(far.machine, LOOK)
    assert "auth-agent-req" not in log(far)


# ---- proof of ourselves ---------------------------------------------------------------------------------------------


async def test_a_refused_login_says_who_and_what_to_do_and_is_not_repeated_at_once(far: Place):
    (sshd_of(far).root / "authorized_keys").write_text("")
    executor = far.executor(pause_seconds=60)
    with pytest.raises(Unreachable, match="was refused") as refused:
        await executor.read(far.machine, LOOK)
    assert "authorized_keys" in refused.value.next_step
    with pytest.raises(Unreachable) as again:
        await executor.read(far.machine, LOOK)
    assert (again.value.what, again.value.why) == (refused.value.what, refused.value.why)
    assert again.value.next_step.startswith(f"{refused.value.next_step}; it is tried again in ")
    assert log(far).count("Remote protocol version") == 1
    with pytest.raises(Unreachable, match="was refused"):
        await executor.run(far.machine, far.order())


async def test_whoever_asks_for_the_key_ends_the_pause(far: Place):
    keys = sshd_of(far).root / "authorized_keys"
    right = keys.read_text()
    keys.write_text("")
    executor = far.executor(pause_seconds=60)
    with pytest.raises(Unreachable, match="was refused"):
        await executor.read(far.machine, LOOK)
    keys.write_text(right)
    await executor.host_key(far.machine)
    assert await executor.read(far.machine, LOOK)


async def test_a_missing_key_is_named(far: Place):
    executor = far.executor(identity_files=("/no/such/key",))
    with pytest.raises(Unreachable, match="/no/such/key"):
        await executor.read(far.machine, LOOK)


async def test_an_agent_in_the_environment_is_never_asked(far: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    async def agent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(1)
        writer.close()

    server = await asyncio.start_unix_server(agent, tmp_path / "agent")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    await far.executor().read(far.machine, LOOK)
    (sshd_of(far).root / "authorized_keys").write_text("")
    with pytest.raises(Unreachable):
        await far.executor().read(far.machine, LOOK)
    server.close()
    assert asked == []


# ---- connections ----------------------------------------------------------------------------------------------------


async def test_one_connection_and_one_channel_a_look(far: Place):
    executor = far.executor()
    many = [Reading(name=str(number), argv=("echo", str(number))) for number in range(30)]
    for _ in range(3):
        outputs = await executor.read(far.machine, many)
        assert [outputs[str(number)].stdout for number in range(30)] == [f"{number}\n" for number in range(30)]
    assert log(far).count("Accepted publickey") == 1
    assert log(far).count("Starting session: command") == 3


async def test_more_orders_than_channels_wait_for_their_turn_and_do_not_keep_looks_out(far: Place):
    executor = far.executor()
    gate = far.work / "gate"
    orders = [
        asyncio.create_task(
            executor.run(far.machine, far.order(f"key-{number}", f"while [ ! -e {gate} ]; do sleep 0.1; done"))
        )
        for number in range(12)
    ]
    await until(lambda: far.effects() == 5)
    assert (await executor.read(far.machine, LOOK))["kernel"].stdout == "Linux\n"
    assert far.effects() == 5
    gate.touch()
    assert {report.exit_code for report in await asyncio.gather(*orders)} == {0}
    assert far.effects() == 12
    assert log(far).count("Accepted publickey") == 1


async def test_a_brake_pulled_while_an_order_waits_for_its_turn_keeps_it_from_being_sent(far: Place):
    executor = far.executor()
    gate, asked = far.work / "gate", []

    async def guard() -> None:
        asked.append(gate.exists())
        if gate.exists():
            raise Braked("freeze is on")

    def sent(number: int) -> asyncio.Task[Report]:
        order = far.order(f"key-{number}", f"while [ ! -e {gate} ]; do sleep 0.1; done")
        return asyncio.create_task(executor.run(far.machine, order, guard=guard))

    orders = [sent(number) for number in range(5)]
    await until(lambda: far.effects() == 5)
    late = sent(5)
    await executor.read(far.machine, LOOK)
    assert asked == [False] * 5
    gate.touch()
    with pytest.raises(Braked):
        await late
    assert {report.exit_code for report in await asyncio.gather(*orders)} == {0}
    assert (far.effects(), far.attempt("key-5").parent.exists()) == (5, False)


async def test_a_connection_that_died_unnoticed_is_replaced_for_a_look_and_for_an_order(far: Place):
    executor = far.executor()
    await executor.read(far.machine, LOOK)
    for act in (executor.read(far.machine, LOOK), executor.run(far.machine, far.order())):
        sshd_of(far).cut()
        await act
    assert far.effects() == 1
    assert log(far).count("Accepted publickey") == 3


async def test_a_changed_entry_makes_a_new_connection(far: Place):
    executor = far.executor()
    await executor.read(far.machine, LOOK)
    with pytest.raises(NeedsPerson):
        await executor.read(machine_of(sshd_of(far), host_key="SHA256:other"), LOOK)


async def test_nothing_is_left_open_after_close(far: Place):
    executor = far.executor()
    await executor.read(far.machine, LOOK)
    assert sshd_of(far).sessions()
    await executor.close()
    await until(lambda: not sshd_of(far).sessions())


# ---- lost links -----------------------------------------------------------------------------------------------------


async def test_an_order_whose_link_was_cut_runs_on_and_is_attached_to_again(far: Place):
    executor = far.executor()
    gate = far.work / "gate"
    order = far.order(script=f"while [ ! -e {gate} ]; do sleep 0.05; done; echo through")
    running = asyncio.create_task(executor.run(far.machine, order))
    await until(lambda: far.effects() == 1)
    sshd_of(far).cut()
    with pytest.raises(LinkLost):
        await running
    assert (await executor.ask(far.machine, order.key)).state is MarkerState.RUNNING
    attached = asyncio.create_task(executor.run(far.machine, order))
    await asyncio.sleep(0.3)
    gate.touch()
    report = await attached
    assert (report.output, report.was_attached, report.exit_code) == ("through\n", True, 0)
    assert far.effects() == 1


async def test_a_silent_peer_is_given_up_and_no_other_machine_waits_for_it(far: Place, tmp_path: Path):
    executor = far.executor(keepalive_seconds=2)
    near = Sshd(tmp_path / "near").start(identity=sshd_of(far).identity)
    try:
        order = far.order(script=f"while [ ! -e {far.work}/gate ]; do sleep 0.05; done")
        running = asyncio.create_task(executor.run(far.machine, order))
        await until(lambda: far.effects() == 1)
        sshd_of(far).freeze()
        other = machine_of(near, "near")
        assert (await executor.read(other, LOOK))["kernel"].exit_code == 0
        with pytest.raises(LinkLost):
            await running
        (far.work / "gate").touch()
        assert (await executor.ask(far.machine, order.key)).state in {MarkerState.RUNNING, MarkerState.DONE}
        assert (await executor.run(far.machine, order)).exit_code == 0
        assert far.effects() == 1
    finally:
        near.stop()


async def test_a_shell_killed_by_hand_leaves_the_order_running(far: Place):
    executor = far.executor()
    gate = far.work / "gate"
    order = far.order(script=f"while [ ! -e {gate} ]; do sleep 0.05; done; echo end")
    running = asyncio.create_task(executor.run(far.machine, order))
    await until(lambda: far.effects() == 1)
    (runner,) = sshd_of(far).shells()
    os.kill(runner, signal.SIGKILL)
    with pytest.raises(LinkLost):
        await running
    gate.touch()
    assert (await executor.run(far.machine, order)).output == "end\n"
    assert far.effects() == 1


# ---- many machines --------------------------------------------------------------------------------------------------


async def test_of_fifty_machines_one_that_hangs_delays_no_other(far: Place):
    ended: list[str] = []
    hanging = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        hanging.set()
        await asyncio.Event().wait()

    executor = far.executor(connect_seconds=600)

    async def look(name: str, **changes: object) -> None:
        await executor.read(machine_of(sshd_of(far), name, **changes), LOOK)
        ended.append(name)

    async with serving(say_nothing) as port:
        stuck = asyncio.create_task(look("stuck", port=port))
        await hanging.wait()
        # One server plays 49 machines; each has a name, and so a connection of its own.
        await asyncio.gather(*(look(f"far-{number}") for number in range(49)))
        assert len(ended) == 49
        assert not stuck.done()
        stuck.cancel()
        with suppress(asyncio.CancelledError):
            await stuck
    assert log(far).count("Accepted publickey") == 49


def test_the_plugin_builds_the_executor_of_its_transport():
    built = PLUGIN.build(PLUGIN.settings(), clock=CLOCK, find_machine=lambda _: None)
    assert PLUGIN.name == "ssh"
    assert isinstance(built, SshExecutor)
