"""A container of a real Docker engine, reached over SSH and the Docker API, on the lab's d1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from steward.adapters.clocks.system import SystemClock, SystemClockSettings
from steward.adapters.executors.guests import DockerExecutor, DockerSettings, Parents
from steward.adapters.executors.ssh import SshExecutor, SshSettings
from steward.model.errors import NeedsPerson, Unreachable
from steward.model.fact import Reading
from steward.model.fence import Fence
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.run import RunState
from steward.ports.executor import MarkerState, Order
from tests.real.lab import Lab
from tests.real.operator import Operator

NAME = "guest-of-a-test"
LEFTOVERS = "/root/.local/state/steward"
FENCE = Fence(control_plane="cp-guests", epoch=1)


@pytest.fixture
def engine(lab: Lab) -> Iterator[Callable[[str], str]]:
    """Runs a line as root on d1; what a test made there is gone afterwards."""

    def run(line: str) -> str:
        return lab.run("d1", ["sh", "-c", line], check=True, timeout_seconds=60).stdout

    clear = f"docker rm -f {NAME} >/dev/null 2>&1; rm -rf {LEFTOVERS}"
    run(clear)
    start(run)
    yield run
    run(clear)


def start(run: Callable[[str], str], *options: str) -> None:
    """Make the container anew; its first process buries nobody."""
    run(f"docker rm -f {NAME} >/dev/null 2>&1; docker run -d --name {NAME} {' '.join(options)} home/base:1 sleep 3600")


@pytest.fixture
async def reached(lab: Lab) -> AsyncGenerator[tuple[DockerExecutor, Machine, dict[str, Machine]]]:
    """The executor, the container's entry and the inventory."""
    found: dict[str, Machine] = {}
    over_ssh = SshExecutor(
        SshSettings(identity_files=(str(lab.places.key),)),
        clock=SystemClock(SystemClockSettings()),
        find_machine=found.get,
    )
    parent = Machine(id=MachineId("machine-d1"), name="d1", address="127.0.1.101", user="root")
    found["d1"] = replace(parent, host_key=await over_ssh.host_key(parent))
    parents = Parents(find_machine=found.get, by_transport={Transport.SSH: over_ssh})
    guest = Machine(
        id=MachineId("machine-guest"),
        name="guest",
        transport=Transport.DOCKER,
        via="d1",
        guest=NAME,
        host_key=found["d1"].host_key,
    )
    yield DockerExecutor(DockerSettings(), parents=parents), guest, found
    await over_ssh.close()


def order(key: str, script: str) -> Order:
    return Order(
        key=key,
        argv=("/bin/sh", "-c", script),
        fence=FENCE,
        environment={"WORD": "said"},
        timeout_seconds=30,
        output_limit=10_000,
    )


def inside(run: Callable[[str], str], line: str) -> str:
    """Run a line in the container."""
    return run(f"docker exec {NAME} /bin/sh -c '{line}'")


async def test_a_container_is_read_and_told_what_to_do_once(reached, engine):
    executor, guest, _ = reached
    outputs = await executor.read(guest, [Reading(name="name", argv=("hostname",)), Reading(name="who", argv=("id",))])
    assert outputs["name"].stdout.strip() == engine(f"docker inspect -f '{{{{.Config.Hostname}}}}' {NAME}").strip()
    assert outputs["who"].stdout.startswith("uid=0")
    once = order("key-1", "echo x >>/effects; echo $WORD; exit 3")
    for was_attached in (False, True):
        report = await executor.run(guest, once)
        assert (report.state, report.exit_code, report.output) == (MarkerState.DONE, 3, "said\n")
        assert report.was_attached is was_attached
    assert inside(engine, "cat /effects") == "x\n"
    assert (await executor.ask(guest, "key-1")).state is MarkerState.DONE
    assert (await executor.ask(guest, "key-2")).state is MarkerState.ABSENT


async def test_an_order_outlives_the_connection_and_a_restart_of_the_container_ends_it(reached, engine):
    executor, guest, _ = reached
    running = asyncio.create_task(executor.run(guest, order("key-1", "echo x >>/effects; sleep 600")))
    while "x" not in inside(engine, "cat /effects 2>/dev/null || true"):
        await asyncio.sleep(0.1)
    running.cancel()
    assert (await executor.ask(guest, "key-1")).state is MarkerState.RUNNING
    await asyncio.to_thread(engine, f"docker restart -t 0 {NAME}")
    assert (await executor.ask(guest, "key-1")).state is MarkerState.GONE
    assert (await executor.run(guest, order("key-1", "echo x >>/effects"))).state is MarkerState.GONE
    assert inside(engine, "cat /effects") == "x\n"


async def test_a_container_made_anew_never_gets_an_order_of_the_old_one_again(reached, engine):
    executor, guest, _ = reached
    assert (await executor.run(guest, order("key-1", "true"))).exit_code == 0
    await asyncio.to_thread(start, engine)
    assert (await executor.ask(guest, "key-1")).state is MarkerState.GONE
    assert (await executor.run(guest, order("key-1", "echo x >/effects"))).state is MarkerState.GONE
    assert inside(engine, "test -e /effects || echo none") == "none\n"
    assert (await executor.run(guest, order("key-2", "true"))).exit_code == 0


async def test_looks_leave_nothing_behind_in_a_container_whose_first_process_buries_nobody(reached, engine):
    executor, guest, _ = reached
    for _ in range(3):
        await executor.read(guest, [Reading(name="x", argv=("true",)), Reading(name="y", argv=("sleep", "0"))])
    top = f"docker top {NAME} -o pid,stat,comm"
    while len(left := engine(top).splitlines()[1:]) > 1 and not all("Z" in line for line in left[1:]):
        await asyncio.sleep(0.2)
    assert [line.split()[2] for line in left] == ["sleep"]


async def test_what_cannot_be_reached_is_told_plainly(reached, engine):
    executor, guest, found = reached
    look = [Reading(name="x", argv=("true",))]
    with pytest.raises(Unreachable, match="there is no container nobody on d1"):
        await executor.read(replace(guest, guest="nobody"), look)
    await asyncio.to_thread(engine, f"docker stop -t 0 {NAME}")
    with pytest.raises(Unreachable, match="does not run"):
        await executor.read(guest, look)
    d1 = found["d1"]
    found["d1"] = replace(d1, user="steward")
    with pytest.raises(Unreachable, match=r"docker\.sock cannot be opened"):
        await executor.read(guest, look)
    found["d1"] = replace(d1, quarantined="another key was seen")
    with pytest.raises(Unreachable, match="reached through d1, which is quarantined"):
        await executor.read(guest, look)
    found["d1"] = replace(d1, host_key="SHA256:" + "A" * 43)
    with pytest.raises(NeedsPerson, match="d1 has another host key"):
        await executor.read(guest, look)


async def test_a_container_that_keeps_no_notes_is_read_but_never_changed(reached, engine):
    executor, guest, _ = reached
    await asyncio.to_thread(start, engine, "--read-only")
    outputs = await executor.read(guest, [Reading(name="x", argv=("echo", "seen"))])
    assert outputs["x"].stdout == "seen\n"
    with pytest.raises(Unreachable, match="a container that keeps no notes") as refused:
        await executor.run(guest, order("key-1", "true"))
    assert "volume" in refused.value.next_step


async def test_another_user_of_the_container_is_who_acts(reached, engine):
    executor, guest, _ = reached
    state = json.loads(engine(f"docker inspect {NAME}"))[0]["State"]
    assert state["Running"]
    outputs = await executor.read(replace(guest, user="65534:65534"), [Reading(name="who", argv=("id", "-u"))])
    assert outputs["who"].stdout == "65534\n"


# ---- the whole of Steward -------------------------------------------------------------------------------------------


def add_root_of_d1(operator: Operator, lab: Lab, level: str) -> str:
    """Let Steward into d1 as root, who may use the Docker API; return its key."""
    operator.call("machines", "add", "d1", "127.0.1.101", "--user", "root", "--identity-file", str(lab.places.key))
    key = lab.run("d1", ["ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub"]).stdout.split()[1]
    operator.call("machines", "confirm", "d1", key)
    operator.call("machines", "promote", "d1", "--to", level)
    return key


def test_a_container_is_added_without_another_key_and_changed_after_a_yes(
    new_operator: Callable[[], Operator], lab: Lab, engine: Callable[[str], str]
):
    operator = new_operator()
    operator.start()
    key = add_root_of_d1(operator, lab, "watch")
    card = operator.call("machines", "add", "box", NAME, "--transport", "docker", "--via", "d1")
    assert (card["machine"]["host_key"], card["problem"], card["presented_key"]) == (key, "", "")
    assert "d1 is at watch" in operator.refuse("machines", "promote", "box", code=2)["why"]
    operator.call("machines", "promote", "d1", "--to", "ask")
    operator.call("machines", "promote", "box")
    receipt = operator.wait_run(operator.shell("box", "echo x >>/effects"))
    assert receipt.run.state is RunState.UNVERIFIED
    assert inside(engine, "cat /effects") == "x\n"


@pytest.fixture
def node(lab: Lab) -> Iterator[str]:
    """A machine of the lab with programs that speak as those of Proxmox do: no real node can be had in a container."""
    for name in ("pct", "qm"):
        text = (Path(__file__).parents[1] / "suites" / "proxmox" / name).read_text()
        lab.run("m6", ["sh", "-c", f"cat >/usr/sbin/{name} && chmod 755 /usr/sbin/{name}"], stdin=text, check=True)
    yield "m6"
    lab.run("m6", ["rm", "-rf", "/usr/sbin/pct", "/usr/sbin/qm", LEFTOVERS])


def test_guests_of_proxmox_need_one_line_of_sudoers_on_their_node_and_no_more(
    new_operator: Callable[[], Operator], lab: Lab, node: str
):
    operator = new_operator()
    operator.start()
    operator.add(node, "ask", sudo=False)
    for kind, number in (("pct", "105"), ("qm", "106")):
        problem = operator.call("machines", "add", kind, number, "--transport", kind, "--via", node)["problem"]
        assert "a password is required" in problem
        file = operator.call("machines", "rights", kind)
        assert file["path"] == f"/etc/sudoers.d/steward-{kind}-{number}"
        operator.give_rights(node, file["text"].splitlines())
        assert operator.call("machines", "check", kind)["problem"] == ""
        receipt = operator.call("machines", "promote", kind) and operator.wait_run(operator.shell(kind, "id -u"))
        assert receipt.run.state is RunState.UNVERIFIED
        for words in (f"/usr/sbin/{kind} list", f"/usr/sbin/pct exec {number} -- /bin/sh -c id", "/bin/sh -s"):
            assert "a password is required" in lab.ssh(node, f"sudo -n {words}").stderr
