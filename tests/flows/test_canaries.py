"""Two hundred secrets in twelve encodings come in at every door, and some nobody told: none is kept, shown or sent."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

import tests.flows.house as building
from steward.app.plugins import KnowHow
from steward.core.people import People
from steward.model.access import Right
from steward.model.secret import Secret
from tests.flows.canaries import doors_here, doors_http, doors_machines
from tests.flows.canaries.birds import COUNT, ENCODINGS, Search, hatched, printed
from tests.flows.canaries.sweep import PASSWORD, Processes, Sweep, files_below, kept, leaks, logged, words
from tests.flows.house import OWNER, House
from tests.flows.served import served
from tests.suites.executors import machine_of
from tests.suites.sshd import SSHD, Sshd
from tests.unit.core.test_signatures import KEY
from tests.web.place import Place

Door = Callable[[Sweep, tuple[str, ...]], Awaitable[None]]
DOORS: dict[str, Door] = {
    "API": doors_http.programs,
    "webhooks": doors_http.webhooks,
    "agents": doors_http.agents,
    "forms": doors_http.forms,
    "socket": doors_here.socket,
    "command line": doors_here.command_line,
    "plan files": doors_here.plan_files,
    "files edited by hand": doors_here.edited_files,
    "what breaks": doors_here.breaks,
    "what is read of machines": doors_machines.look,
}
"""Each has secrets of its own, so that a leak tells where it came in. Programs print them all."""
OF_THE_STORE = ("API", "webhooks", "plan files", "what is read of machines")
"""What is tried on the second store: the doors that leave most in it."""
CANARIES = hatched()
AT = {name: CANARIES[number :: len(DOORS)] for number, name in enumerate(DOORS)}
HOOKS = "hooks:\n  - {name: git, scheme: github, secret: secret://git}\n  - {name: open, scheme: none}\n"


def test_the_search_finds_every_canary_in_every_encoding_wherever_it_stands():
    search = Search(CANARIES)
    for name, encode in ENCODINGS.items():
        shown = {value for value in CANARIES[:20] if search.found(f"x{encode(value)}y".encode()) == {value}}
        assert shown == set(CANARIES[:20]), name
    assert search.found(repr(list(printed(CANARIES))).encode()) == set(CANARIES)
    assert search.found(b"nothing of the kind" * 20) == set()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def sweep(
    house: House, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sweep]:
    """A house whose vaults hold the canaries, with a second machine, pages, API and agents."""
    if not SSHD:
        pytest.skip("sshd is not installed")
    await house.close()
    if request.param == "postgres":
        template = request.getfixturevalue("postgres_template")
        url = request.getfixturevalue("postgres_server").create(template)
        house.settings = replace(house.settings, database=url)
    _fill_vaults(house, tmp_path)
    _build_with(tmp_path, monkeypatch)
    monkeypatch.setattr("steward.core.limits.Attempts._refuse", lambda *_given: None)  # they have tests of their own
    sshd = Sshd(tmp_path / "sshd", extra=f"Banner {tmp_path}/banner")
    (tmp_path / "banner").write_text(words(AT["what is read of machines"]))
    sshd.start(identity=house.settings.keys / "ssh-ed25519")
    async with AsyncExitStack() as stack:
        stack.callback(sshd.stop)
        opened = await _opened(house, sshd, tmp_path, stack)
        opened.doors = tuple(DOORS) if request.param == "sqlite" else OF_THE_STORE
        yield opened


def _fill_vaults(house: House, folder: Path) -> None:
    """Half in variables, a quarter in files, the rest for the vault that Steward keeps itself."""
    variables = {f"STEWARD_SECRET_CANARY_{number}": value for number, value in enumerate(CANARIES[:150])}
    for name, value in list(variables.items())[100:]:
        file = folder / name
        file.write_text(value)
        file.chmod(0o600)
        variables[f"{name}_FILE"] = str(file)
        del variables[name]
    house.environment |= variables


def _build_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = doors_machines.evidence(folder, AT["what is read of machines"])

    def know_how(files: Path) -> KnowHow:
        plain = KNOW_HOW(files)
        return replace(plain, facts=(*plain.facts, *read.facts), checks=read.checks)

    monkeypatch.setattr(building, "know_how", know_how)


KNOW_HOW = building.know_how


async def _opened(house: House, sshd: Sshd, folder: Path, stack: AsyncExitStack) -> Sweep:
    await house.open()
    steward = house.steward
    fast = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # the real one takes its time
    steward.owner._hasher = fast
    people: People = steward.access.people
    people._hasher, people._decoy = fast, fast.hash("decoy")
    for number, value in enumerate(CANARIES[150:], 150):
        if number < 150 + 5 or number >= COUNT:
            steward.secrets.put(f"canary-{number}", Secret(value))
        else:
            steward.secrets._register(f"canary-{number}", Secret(value))  # the vault is written anew for each
    steward.secrets.put("git", Secret(KEY.decode()))
    (Path(steward.repository.path) / "hooks.yaml").write_text(HOOKS)
    steward.workspace.add_machine(machine_of(sshd, "far"), OWNER)
    await house.do("machines.confirm", machine="far", host_key=sshd.fingerprint())
    await house.do("machines.promote", machine="far", to="ask")
    await steward.owner.set(PASSWORD)
    api = await stack.enter_async_context(served(house))
    place = Place(house=house, port=api.port)
    signed = await steward.access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    token = await api.token(Right.READ, Right.PROPOSE, Right.BRAKE)
    outside = folder / "outside"
    outside.mkdir()
    return Sweep(house=house, api=api, place=place, token=token, sshd=sshd, outside=outside)


async def test_no_canary_is_kept_shown_or_sent(sweep: Sweep, tmp_path: Path):
    house, processes = sweep.house, Processes()
    passwords = (PASSWORD, sweep.token, sweep.place.cookie, KEY.decode())
    search = Search(CANARIES, others=(*doors_machines.UNTOLD.values(), *passwords))
    with logged(house.steward.redactor) as log, processes.watched():
        await doors_machines.programs(sweep, CANARIES)
        for name, door in DOORS.items():
            await door(sweep, AT[name])
            await sweep.do("resume")
        await house.daemon.document()
        await house.daemon.look()
        await house.daemon.sweep()
        await house.daemon.sign()
        await sweep.do("audit.export")
        await sweep.api.send("POST", "/api/v1/stop", {"reason": words(AT["API"])}, token=sweep.token)
        if set(DOORS) == set(sweep.doors):  # pages look the same whatever keeps them
            await doors_http.pages(sweep)
    found = list(_sinks(sweep, log, processes, tmp_path))
    shown = _by_door(leaks(search, found))
    assert not shown, "\n".join(shown)
    assert _unmasked(found, sweep.doors) == [], "what was masked came in at this door and got this far"
    await house.close()
    assert _by_door(leaks(search, files_below(house.settings.data))) == []


def _by_door(found: list[tuple[str, str]]) -> list[str]:
    """Say for each leak where it came in, for programs print them all."""
    doors = {value: name for name, values in AT.items() for value in values}
    return sorted({f"{where}: {doors.get(value, value)}" for value, where in found})


def _sinks(sweep: Sweep, log: io.StringIO, processes: Processes, folder: Path) -> Iterator[tuple[str, bytes]]:
    yield from kept(sweep.house, folder)
    yield from sweep.said
    yield "log", log.getvalue().encode("utf-8", "surrogatepass")
    yield from (("process", seen) for seen in processes.seen)


def _unmasked(sinks: list[tuple[str, bytes]], doors: tuple[str, ...]) -> list[str]:
    """Return the doors none of whose secrets left a mask anywhere: nothing is proved of those."""
    numbers = {value: number for number, value in enumerate(CANARIES)}
    seen = set(re.findall(rb"secret:(canary-\d+)", b"".join(data for _, data in sinks)))
    return [
        door
        for door in doors
        for values in (AT[door],)
        if not seen & {f"canary-{numbers[value]}".encode() for value in values}
    ]
