"""Signs of life: what stays away is told once and starts what its trigger says; one that comes ends it."""

from __future__ import annotations

import pytest

from steward.core.pings import PINGS, Ping, PingKind, Pings, UnknownPing, kind_of
from steward.core.private_addresses import PING_KEY, PrivateAddresses
from steward.lib.redact import Redactor
from steward.model.errors import TooMany, TryLater
from steward.model.principal import STEWARD
from tests.clockwork import Clockwork

HOUR = 3_600
BACKUP = "kind: ping\nschedule: {every: 1h}\nstartWithin: 10m\nstarts: {command: unit.restart}\n"
HERE = "192.0.2.7"


@pytest.fixture
def addresses(works: Clockwork) -> PrivateAddresses:
    return PrivateAddresses(storage=works.storage, clock=works.clock, key=b"k" * 32, origin="http://steward.test")


@pytest.fixture
def pings(works: Clockwork, addresses: PrivateAddresses) -> Pings:
    redactor = Redactor()
    redactor.add("backup", "swordfish-and-more")
    return Pings(
        storage=works.storage,
        files=works.files,
        arrivals=works.arrivals,
        events=works.events,
        redactor=redactor,
        clock=works.clock,
        addresses=addresses,
    )


async def ping(pings: Pings, action: str = "", *, body: bytes = b"", name: str = "backup") -> PingKind:
    return await pings.receive(Ping(id=await pings.addresses.of(name), action=action, body=body), address=HERE)


async def refused_after(pings: Pings, most: int) -> bool:
    """Guess until there is no more guessing."""
    for _ in range(most):
        try:
            await pings.receive(Ping(id="0" * 32), address=HERE)
        except UnknownPing:
            continue
        except TooMany:
            return True
    return False


async def test_a_sign_in_time_is_quiet(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    for _ in range(5):
        await works.pass_time(HOUR - 60)
        await ping(pings)
        await works.tick(60)
    assert await works.rows() == []
    assert len((await works.state("backup")).memory["pings"]) == 5


async def test_what_stays_away_is_told_once_and_starts_what_the_trigger_says(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    await works.pass_time(HOUR + 590, step=10)
    assert await works.rows() == []
    await works.pass_time(5 * HOUR, step=600)
    assert await works.states() == ["started"]
    assert "no sign of life" in (await works.state("backup")).trouble
    assert len(await works.told("trigger.late")) == 1
    await works.finish()
    await works.tick(1)
    assert (await works.state("backup")).trouble  # the cure ran; only a sign of life ends it
    await ping(pings)
    assert not (await works.state("backup")).trouble
    assert len(await works.told("trigger.recovered")) == 1
    await works.pass_time(2 * HOUR + 700, step=600)
    assert len(await works.rows()) == 2  # away again: told again


async def test_one_that_was_removed_while_it_stayed_away_is_waited_for_anew_when_it_comes_back(works: Clockwork):
    works.put("backup", BACKUP)
    await works.tick()
    await works.pass_time(HOUR + 660)
    works.files.remove("backup", STEWARD)
    await works.tick(60)
    works.put("backup", BACKUP)
    await works.pass_time(HOUR)
    assert len(await works.told("trigger.late")) == 1
    await works.pass_time(HOUR)
    assert len(await works.told("trigger.late")) == 2


async def test_one_that_stayed_away_is_told_again_after_an_edit(works: Clockwork):
    works.put("backup", BACKUP)
    await works.tick()
    await works.pass_time(HOUR + 660)
    works.put("backup", BACKUP + "says: Other words\n")
    await works.pass_time(HOUR)
    assert len(await works.told("trigger.late")) == 1
    await works.pass_time(HOUR)
    assert len(await works.told("trigger.late")) == 2
    assert "no sign of life" in (await works.state("backup")).trouble


async def test_one_that_says_it_failed_did_not_stay_away(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    await works.pass_time(HOUR + 660)
    await ping(pings, "fail")
    await works.pass_time(HOUR + 540)
    assert len(await works.told("trigger.late")) == 1
    await works.pass_time(120)
    assert len(await works.told("trigger.late")) == 2


async def test_a_sign_that_came_while_the_clock_was_ahead_silences_nothing(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    works.clock.set_wall(30 * 24 * HOUR)
    await ping(pings)
    works.clock.set_wall(-30 * 24 * HOUR)
    await works.pass_time(HOUR + 540)
    assert await works.told("trigger.late") == []
    await works.pass_time(180)
    assert len(await works.told("trigger.late")) == 1


async def test_one_that_only_watches_tells_and_starts_nothing(works: Clockwork):
    works.put("backup", "kind: ping\nschedule: {every: 1h}\nstartWithin: 10m\n")
    await works.tick()
    await works.pass_time(HOUR + 660, step=60)
    await works.tick(1)
    assert await works.states() == ["ended"]
    assert await works.told("trigger.late")


async def test_a_failure_is_told_and_starts_what_the_trigger_says(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    await ping(pings, "start")
    works.clock.advance(90)
    assert await ping(pings, "3", body=b"no space; the key is swordfish-and-more") is PingKind.FAIL
    await works.tick(1)
    row = (await works.rows())[0]
    assert (row.state.value, row.event["exit"]) == ("started", "3")
    assert "swordfish" not in str(row.event)
    memory = (await works.state("backup")).memory
    assert memory["pings"][0]["seconds"] == 90
    assert "swordfish" not in memory["body"]
    assert "exit 3" in (await works.state("backup")).trouble


async def test_what_began_and_does_not_end_is_told(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP + "endWithin: 30m\n")
    await works.tick()
    await ping(pings, "start")
    await works.pass_time(1740)
    assert await works.rows() == []
    await works.pass_time(120)
    assert await works.states() == ["started"]


async def test_a_stranger_is_told_nothing_and_not_often(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    for wrong in ("0" * 32, "", await pings.addresses.of(PING_KEY), "backup"):
        with pytest.raises(UnknownPing):
            await pings.receive(Ping(id=wrong), address=HERE)
    with pytest.raises(UnknownPing):
        await pings.receive(Ping(id="0" * 32, slug="backup"), address=HERE)
    assert await refused_after(pings, 60)


async def test_right_ones_are_limited_too(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    for _ in range(PINGS.per_address):
        await ping(pings, "log")
    with pytest.raises(TooMany):
        await ping(pings, "log")


async def test_with_the_ping_key_a_check_is_made_by_its_first_ping(works: Clockwork, pings: Pings):
    await works.tick()
    given = Ping(id=await pings.addresses.of(PING_KEY), slug="new-backup", create=True)
    assert await pings.receive(given, address=HERE) is PingKind.SUCCESS
    made = works.files.require("new-backup").trigger
    assert made.starts is None
    for id_, create in ((await pings.addresses.of(PING_KEY), False), ("0" * 32, True)):
        with pytest.raises(UnknownPing):
            await pings.receive(Ping(id=id_, slug="other", create=create), address=HERE)


async def test_another_address_makes_the_one_before_worthless_and_no_other(works: Clockwork, pings: Pings):
    for name in ("backup", "mail"):
        works.put(name, BACKUP)
    await works.tick()
    before = await pings.addresses.of("backup")
    after = await pings.addresses.renew("backup")
    assert after != before
    with pytest.raises(UnknownPing):
        await pings.receive(Ping(id=before), address=HERE)
    assert await pings.receive(Ping(id=after), address=HERE) is PingKind.SUCCESS
    assert await ping(pings, name="mail") is PingKind.SUCCESS
    works.put("backup", BACKUP.replace("10m", "20m"))  # another text is no other address
    await works.tick()
    assert await pings.addresses.of("backup") == after


async def test_another_ping_key_is_taken_and_the_one_before_is_not(works: Clockwork, pings: Pings):
    works.put("backup", BACKUP)
    await works.tick()
    before = await pings.addresses.of(PING_KEY)
    after = await pings.addresses.renew(PING_KEY)
    assert await pings.receive(Ping(id=after, slug="backup"), address=HERE) is PingKind.SUCCESS
    with pytest.raises(UnknownPing):
        await pings.receive(Ping(id=before, slug="backup"), address=HERE)
    await works.tick()  # what is kept of the ping key is no trigger
    assert await works.states() == []


@pytest.mark.parametrize(
    ("action", "kind"),
    [("", "success"), ("0", "success"), ("1", "fail"), ("255", "fail"), ("start", "start"), ("log", "log")],
)
def test_the_end_of_the_address_says_what_it_is(action: str, kind: str):
    assert kind_of(action).value == kind


@pytest.mark.parametrize("action", ["256", "-1", "success!", "start/x", "٣", "9" * 400])
def test_any_other_end_is_not_understood(action: str):
    with pytest.raises(UnknownPing):
        kind_of(action)


@pytest.mark.parametrize("action", ["0" * 5_000, "0000", "0001"])
def test_an_exit_code_has_three_digits_at_most(action: str):
    with pytest.raises(UnknownPing):
        kind_of(action)


async def test_a_ping_writes_over_no_file_that_cannot_be_read(works: Clockwork, pings: Pings):
    works.put("backup", "kind: ping\nschedule: {evry: 1h}\n")
    await works.tick()
    with pytest.raises(TryLater, match="has a problem"):
        await pings.receive(Ping(id=await pings.addresses.of(PING_KEY), slug="backup", create=True), address=HERE)
    assert "evry" in works.files.text_of("backup")


async def test_pings_make_so_many_checks_and_no_more(works: Clockwork, pings: Pings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("steward.core.pings._MOST_MADE", 2)
    await works.tick()
    for name in ("one", "two"):
        await pings.receive(Ping(id=await pings.addresses.of(PING_KEY), slug=name, create=True), address=HERE)
    with pytest.raises(TryLater, match="there are 2 triggers"):
        await pings.receive(Ping(id=await pings.addresses.of(PING_KEY), slug="three", create=True), address=HERE)
    assert works.files.text_of("three") == ""
