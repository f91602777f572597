"""The way to a machine: its entry, the OpenSSH configuration, jump hosts with proof of each."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from steward.adapters.executors.ssh import SshSettings
from steward.adapters.executors.ssh.executor import SshExecutor
from steward.adapters.executors.ssh.route import Routes
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.fact import Reading
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.ports.executor import Order
from tests.suites.executors import CLOCK, machine_of, until
from tests.suites.sshd import SSHD, Sshd

LOOK = [Reading(name="kernel", argv=("uname", "-s"))]


def routes(tmp_path: Path, config: str = "", *machines: Machine) -> Routes:
    file = tmp_path / "config"
    file.write_text(config)
    settings = SshSettings(config_file=str(file), identity_files=("/keys/steward",))
    return Routes(settings=settings, find_machine={machine.name: machine for machine in machines}.get)


def machine(name: str, **changes: object) -> Machine:
    return Machine(**({"id": MachineId(name), "name": name, "host_key": f"SHA256:{name}"} | changes))  # type: ignore[arg-type]


async def test_without_a_configuration_the_entry_and_stewards_own_key_count(tmp_path: Path):
    (hop,) = await routes(tmp_path).to(machine("far", address="192.0.2.1"))
    assert (hop.host, hop.port, hop.user, hop.pin) == ("192.0.2.1", None, "steward", "SHA256:far")
    assert hop.identity_files == ("/keys/steward",)
    assert hop.agent == ""


async def test_the_configuration_fills_in_what_the_entry_leaves_open(tmp_path: Path):
    (tmp_path / "more").write_text("Host nas\n  User anna\n  IdentityFile /keys/nas\n  IdentityAgent /run/agent\n")
    (hop,) = await routes(tmp_path, f"Include {tmp_path}/more\n").to(machine("nas"))
    assert (hop.user, hop.identity_files, hop.agent) == ("anna", ("/keys/nas",), "/run/agent")


async def test_the_entry_goes_before_the_configuration(tmp_path: Path):
    config = "Host nas\n  User anna\n  Port 2200\n  IdentityFile /keys/nas\n  ProxyJump gate\n"
    entry = machine("nas", user="bert", port=2222, identity_file="/keys/mine", proxy_jump="none")
    (hop,) = await routes(tmp_path, config).to(entry)
    assert (hop.user, hop.port, hop.identity_files) == ("bert", 2222, ("/keys/mine",))


async def test_match_blocks_count(tmp_path: Path):
    config = "Match host nas\n  User anna\nMatch all\n  User bert\n"
    assert (await routes(tmp_path, config).to(machine("nas")))[0].user == "anna"
    assert (await routes(tmp_path, config).to(machine("far")))[0].user == "bert"


async def test_a_chain_of_jump_hosts_is_pinned_where_the_inventory_knows_them(tmp_path: Path):
    gate = machine("gate", address="192.0.2.7", user="guard")
    way = await routes(tmp_path, "", gate).to(machine("far", proxy_jump="gate,anna@[2001:db8::1]:2022"))
    assert [(hop.name, hop.host, hop.user, hop.port, hop.pin) for hop in way] == [
        ("gate", "192.0.2.7", "guard", None, "SHA256:gate"),
        ("2001:db8::1", "2001:db8::1", "anna", 2022, ""),
        ("far", "far", "steward", None, "SHA256:far"),
    ]


async def test_a_jump_host_may_need_a_jump_host_itself(tmp_path: Path):
    inner = machine("inner", proxy_jump="outer")
    way = await routes(tmp_path, "Host far\n  ProxyJump inner\n", inner, machine("outer")).to(machine("far"))
    assert [hop.name for hop in way] == ["outer", "inner", "far"]


async def test_a_circle_is_refused(tmp_path: Path):
    first, second = machine("first", proxy_jump="second"), machine("second", proxy_jump="first")
    with pytest.raises(Unreachable, match="circle"):
        await routes(tmp_path, "", first, second).to(first)


async def test_a_configuration_that_cannot_be_read_says_where(tmp_path: Path):
    with pytest.raises(Unreachable, match="line 2"):
        await routes(tmp_path, "Host *\n  Port many\n").to(machine("far"))


@pytest.mark.parametrize("jump", ["a:b:c", "@", "host:", "host:999999"])
async def test_a_jump_host_that_cannot_be_read_is_refused(tmp_path: Path, jump: str):
    with pytest.raises(Unreachable, match="cannot be read"):
        await routes(tmp_path).to(machine("far", proxy_jump=jump))


@pytest.fixture
def servers(tmp_path: Path):
    """A gate and a machine behind it."""
    if not SSHD:
        pytest.skip("sshd is not installed")
    gate = Sshd(tmp_path / "gate", extra="LogLevel DEBUG1").start()
    far = Sshd(tmp_path / "far", extra="LogLevel DEBUG1").start(identity=gate.identity)
    yield gate, far
    gate.stop()
    far.stop()


def passed(gate: Sshd) -> bool:
    return "direct-tcpip" in (gate.root / "log").read_text()


async def look(far: Machine, gate: Sshd, config: str = "", known: str = "", *machines: Machine) -> str:
    (gate.root / "config").write_text(config)
    (gate.root / "known_hosts").write_text(known)
    settings = SshSettings(config_file=str(gate.root / "config"), identity_files=(str(gate.identity),))
    executor = SshExecutor(settings, clock=CLOCK, find_machine={machine.name: machine for machine in machines}.get)
    try:
        assert await executor.host_key(far) == far.host_key
        await executor.read(far, LOOK)
        return (await executor.read(far, LOOK))["kernel"].stdout
    finally:
        await executor.close()


async def test_a_machine_is_reached_through_a_pinned_jump_host(servers: tuple[Sshd, Sshd]):
    gate, far = servers
    assert await look(machine_of(far, proxy_jump="gate"), gate, "", "", machine_of(gate, "gate")) == "Linux\n"
    assert passed(gate)
    assert (gate.root / "log").read_text().count("Accepted publickey") == 1


async def test_a_machine_is_reached_through_a_jump_host_of_the_configuration(servers: tuple[Sshd, Sshd]):
    gate, far = servers
    user = machine_of(gate).user
    config = (
        f"Host door\n  HostName 127.0.0.1\n  Port {gate.port}\n  User {user}\n"
        f"Host far\n  HostName 127.0.0.1\n  Port {far.port}\n  User {user}\n  ProxyJump door\n"
    )
    known = f"[127.0.0.1]:{gate.port} " + (gate.root / "host_ed25519.pub").read_text()
    behind = machine_of(far, address="", port=22, user="")
    assert await look(behind, gate, config, known) == "Linux\n"
    assert passed(gate)


async def test_a_jump_host_nobody_knows_is_not_passed_and_the_machine_is_not_to_blame(servers: tuple[Sshd, Sshd]):
    gate, far = servers
    jump = f"{machine_of(gate).user}@127.0.0.1:{gate.port}"
    with pytest.raises(Unreachable, match="not trusted"):
        await look(machine_of(far, proxy_jump=jump), gate)
    assert not passed(gate)


async def test_a_jump_host_with_a_changed_key_is_not_passed_and_the_machine_is_not_to_blame(
    servers: tuple[Sshd, Sshd],
):
    gate, far = servers
    changed = machine_of(gate, "gate", host_key="SHA256:other")
    with pytest.raises(Unreachable, match="not trusted"):
        await look(machine_of(far, proxy_jump="gate"), gate, "", "", changed)
    assert "userauth-request" not in (gate.root / "log").read_text()


async def test_a_changed_key_behind_a_jump_host_is_the_machines(servers: tuple[Sshd, Sshd], tmp_path: Path):
    gate, far = servers
    settings = SshSettings(identity_files=(str(gate.identity),))
    executor = SshExecutor(settings, clock=CLOCK, find_machine={"gate": machine_of(gate, "gate")}.get)
    try:
        with pytest.raises(NeedsPerson):
            await executor.read(machine_of(far, proxy_jump="gate", host_key="SHA256:other"), LOOK)
        assert "userauth-request" not in (far.root / "log").read_text()
    finally:
        await executor.close()


async def test_a_changed_entry_of_a_jump_host_does_not_break_what_goes_on_through_it(
    servers: tuple[Sshd, Sshd], tmp_path: Path
):
    gate, far = servers
    settings = SshSettings(identity_files=(str(gate.identity),))
    executor = SshExecutor(settings, clock=CLOCK, find_machine={"gate": machine_of(gate, "gate")}.get)
    started, release = tmp_path / "started", tmp_path / "release"
    order = Order(
        key="key-1",
        argv=("/bin/sh", "-c", f"echo >{started}; while [ ! -e {release} ]; do sleep 0.1; done"),
        fence=Fence(control_plane="cp", epoch=1),
        environment={},
        timeout_seconds=30,
        output_limit=100,
    )
    try:
        running = asyncio.create_task(executor.run(machine_of(far, proxy_jump="gate"), order))
        await until(started.exists)
        await executor.read(machine_of(gate, "gate", identity_file=f"{gate.root}/../gate/client"), LOOK)
        release.touch()
        assert (await running).exit_code == 0
    finally:
        await executor.close()
