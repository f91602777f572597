"""Numbers of others: taken once for the time before, again and again where Steward cannot look; kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.core.telemetry import Telemetry, machines_of, without_port
from steward.core.workspace import WorkspaceFiles
from steward.lib.redact import Redactor
from steward.model.errors import Unreachable
from steward.model.history import Point, outside
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.principal import STEWARD
from steward.model.secret import Secret
from steward.model.telemetry import TELEMETRY_FILE, Numbers, TelemetryKind, TelemetrySource
from steward.store import history
from steward.testing.stage import World

FILE = """\
sources:
  - {name: home, url: "https://prometheus.lan", secret: "secret://token"}
"""
NAS = MachineId("mach-nas")
SWITCH = MachineId("mach-switch")
HOUR = timedelta(hours=1)


class Server:
    """Implements `ports.telemetry_source.TelemetryServer` from memory."""

    def __init__(self) -> None:
        self.known: list[str] = ["nas.lan:9100", "switch:9100", "stranger\u202e:9100"]
        self.broken: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.secrets: list[str] = []

    async def hosts(self, source: TelemetrySource, secret: Secret | None) -> Sequence[str]:
        self.secrets.append(secret.reveal() if secret else "")
        self._fail("hosts")
        return self.known

    async def now(self, source: TelemetrySource, host: str, secret: Secret | None) -> Numbers:
        self.asked.append(("now", host))
        self._fail(host)
        return {"memory": {"used_percent": 40.0}, "secrets": {"x": 1.0}}

    async def hours(
        self, source: TelemetrySource, host: str, secret: Secret | None, *, begin: datetime, end: datetime
    ) -> Mapping[str, Mapping[str, tuple[Point, ...]]]:
        self.asked.append(("hours", host))
        self._fail(host)
        first = end.replace(minute=0, second=0, microsecond=0)
        points = tuple(
            Point(at=first - number * HOUR, low=1, mean=2, high=3, seconds=3600)
            for number in range(5, 0, -1)
            if first - number * HOUR >= begin
        )
        return {"memory": {"used_percent": points, "of nobody": points}, "secrets": {"x": points}}

    def _fail(self, what: str) -> None:
        if what in self.broken:
            raise Unreachable("gives no numbers", where="telemetry source home", why=self.broken[what])


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def workspace(world: World) -> WorkspaceFiles:
    files = WorkspaceFiles(repository=world.repository)
    files.add_machine(Machine(id=NAS, name="nas", address="nas.lan"), STEWARD)
    files.add_machine(Machine(id=SWITCH, name="switch", address="192.0.2.9", transport=Transport.NONE), STEWARD)
    return files


@pytest.fixture
def telemetry(world: World, storage: Storage, server: Server, workspace: WorkspaceFiles) -> Telemetry:
    return made(world, storage, server, workspace)


def made(world: World, storage: Storage, server: Server, workspace: WorkspaceFiles) -> Telemetry:
    world.repository.edit(TELEMETRY_FILE, FILE)
    world.vault.put("token", Secret("token-of-the-house"))
    redactor = Redactor()
    return Telemetry(
        storage=storage,
        repository=world.repository,
        workspace=workspace,
        secrets=Secrets(vaults=(world.vault,), redactor=redactor, version_key=b"k" * 32),
        servers={TelemetryKind.PROMETHEUS: server},
        redact=redactor.text,
        clock=world.clock,
    )


async def look(world: World, storage: Storage) -> None:
    """Keep what a look of Steward's own at the nas gives."""
    await storage.write(history.add, machine=NAS, fact="memory", at=world.clock.now(), numbers={"used_percent": 50.0})


async def kept(storage: Storage, machine: MachineId, fact: str, name: str) -> list[float]:
    past = await storage.read(history.load, machine=machine, facts=[fact])
    return [point.mean for point in past.of(fact, name)]


async def test_the_past_of_a_machine_is_fetched_once_and_kept_apart(world, storage, server, telemetry):
    await look(world, storage)
    await telemetry.tick()
    await telemetry.tick()
    assert server.asked.count(("hours", "nas.lan:9100")) == 1
    assert ("now", "nas.lan:9100") not in server.asked
    assert await kept(storage, NAS, outside("memory", "home"), "used_percent") == [2.0] * 5
    assert await kept(storage, NAS, "memory", "used_percent") == [50.0]
    assert server.secrets == ["token-of-the-house"] * 2


async def test_only_numbers_that_steward_keeps_itself_get_a_past(world, storage, telemetry):
    await look(world, storage)
    await telemetry.tick()
    assert await kept(storage, NAS, outside("memory", "home"), "of nobody") == []
    assert await kept(storage, NAS, outside("secrets", "home"), "x") == []


async def test_a_machine_that_was_never_looked_at_waits(world, storage, server, telemetry):
    await telemetry.tick()
    assert ("hours", "nas.lan:9100") not in server.asked
    await look(world, storage)
    await telemetry.tick()
    assert ("hours", "nas.lan:9100") in server.asked


async def test_after_a_restart_nothing_is_fetched_again(world, storage, server, workspace, telemetry):
    await look(world, storage)
    await telemetry.tick()
    await made(world, storage, server, workspace).tick()
    assert server.asked.count(("hours", "nas.lan:9100")) == 1
    assert server.asked.count(("hours", "switch:9100")) == 1


async def test_where_steward_cannot_look_numbers_go_on_from_the_past(world, storage, server, telemetry):
    for _ in range(3):
        await telemetry.tick()
        world.clock.advance(300)
    assert server.asked.count(("now", "switch:9100")) == 3
    fact = outside("memory", "home")
    assert await kept(storage, SWITCH, fact, "used_percent") == [2.0] * 5 + [40.0] * 3
    assert await kept(storage, SWITCH, "memory", "used_percent") == []


async def test_what_is_measured_and_unknown_is_told(world, storage, telemetry):
    await telemetry.tick()
    state = telemetry.states["home"]
    assert state.trouble == ""
    assert state.matched == {"nas.lan:9100": "nas", "switch:9100": "switch"}
    assert state.unmatched == ("stranger\\u{202e}:9100",)


async def test_a_server_in_trouble_is_told_without_its_secret(world, storage, server, telemetry):
    server.broken["hosts"] = "no token-of-the-house here\n"
    await telemetry.tick()
    assert "telemetry source home" in telemetry.states["home"].trouble
    assert "token-of-the-house" not in telemetry.states["home"].trouble
    server.broken.clear()
    await telemetry.tick()
    assert telemetry.states["home"].trouble == ""


async def test_one_machine_in_trouble_leaves_out_no_other(world, storage, server, telemetry):
    await look(world, storage)
    server.broken["nas.lan:9100"] = "too much"
    await telemetry.tick()
    assert "nas" in telemetry.states["home"].trouble
    assert ("now", "switch:9100") in server.asked
    server.broken.clear()
    await telemetry.tick()
    assert await kept(storage, NAS, outside("memory", "home"), "used_percent") == [2.0] * 5


async def test_a_broken_file_leaves_what_was_good_in_force(world, telemetry):
    assert len(telemetry.file().sources) == 1
    world.repository.edit(TELEMETRY_FILE, "sources: {")
    assert len(telemetry.file().sources) == 1
    assert telemetry.problems()[0].line == 1


async def test_a_missing_secret_is_trouble_and_nobody_is_asked(world, server, telemetry):
    world.repository.edit(TELEMETRY_FILE, FILE.replace("secret://token", "secret://other"))
    await telemetry.tick()
    assert "there is no secret `other`" in telemetry.states["home"].trouble
    assert server.secrets == []


@pytest.mark.parametrize(
    ("host", "name"),
    [("nas:9100", "nas"), ("nas", "nas"), ("[fd00::1]:9100", "fd00::1"), ("fd00::1", "fd00::1"), ("a:b", "a:b")],
)
def test_the_port_is_no_part_of_a_machine(host: str, name: str):
    assert without_port(host) == name


def test_the_owners_word_comes_before_names_and_two_are_not_one():
    nas = Machine(id=NAS, name="nas", address="nas.lan")
    switch = Machine(id=SWITCH, name="switch", address="192.0.2.9")
    source = TelemetrySource(name="home", url="https://x", machines={"nas.lan:9100": "switch", "odd": "nobody"})
    hosts = ["nas.lan:9100", "192.0.2.9:9100", "odd", "NAS:9100", "other:1"]
    told = machines_of(source, hosts, (nas, switch))
    assert {host: machine.name for host, machine in told.items()} == {"nas.lan:9100": "switch", "NAS:9100": "nas"}
