"""What triggers watch becomes occurrences: of files, conditions, journals and failed units, also over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.knowhow.facts.unit_failures import PLUGIN as FAILURES
from steward.knowhow.unit_failure_files import FILES
from steward.lib.canonical import content_hash
from steward.model.command import Command
from steward.model.errors import NeedsProof
from steward.model.fact import Reading
from steward.model.measure import Measure
from steward.model.secret import Secret
from steward.model.trigger import Occurrence
from steward.store import events, occurrences, trigger_states
from tests.flows import house as houses
from tests.flows.house import OWNER, SOMEBODY, House

PATIENCE_SECONDS = 60.0
"""Some of what is waited for is looked at every ten seconds only."""


def watching_house(folder: Path) -> KnowHow:
    """Know a measure of the folder, and read kept failures from a file of the test."""
    known = houses_know_how(folder)
    fact = next(fact for fact in known.facts if fact.name == "folder")
    measure = Measure(
        name="FILE_COUNT",
        summary="Files in the folder.",
        fact=fact,
        take=lambda files, _argument, _at: len(files.files),
        example="[FILE_COUNT] > 3",
    )
    script = f"cat {folder.parent}/kept 2>/dev/null || echo systemd 252"
    failures = replace(FAILURES, readings=(Reading(name="kept", argv=("sh", "-c", script)),))
    return replace(known, facts=(*known.facts, failures), measures=(measure,))


houses_know_how = houses.know_how


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the house know what is watched."""
    monkeypatch.setattr(houses, "know_how", watching_house)


@pytest.fixture
async def watched(house: House) -> AsyncIterator[House]:
    """A house that stops watching in the end."""
    yield house
    await house.steward.watching.close()


async def write(house: House, name: str, text: str) -> None:
    folder = house.steward.settings.workspace / "triggers"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text)
    await house.steward.watching.tick()
    assert house.steward.triggers.look().problems == ()


async def rows(house: House, name: str) -> tuple[Occurrence, ...]:
    return await house.steward.storage.read(occurrences.listing, trigger=name)


async def trouble(house: House, name: str) -> str:
    state = await house.steward.storage.read(trigger_states.get, name)
    return state.trouble if state else ""


async def until(holds: Callable[[], object]) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # type: ignore[misc]
            await asyncio.sleep(0.05)


async def test_a_file_becomes_one_occurrence_also_when_it_came_while_steward_was_away(
    watched: House, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    text = f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\npatterns: ['*.pdf']\n"
    await write(watched, "scans", text)

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "scans")
        return state is not None and "held" in state.memory

    await until(is_followed)
    await watched.steward.watching.close()
    (inbox / "letter.pdf").write_text("x")
    await watched.steward.watching.tick()
    await until(lambda: rows(watched, "scans"))
    found = await rows(watched, "scans")
    assert [(row.event["name"], row.event["change"]) for row in found] == [("letter.pdf", "created")]
    assert found[0].event["says"] == f"created: {inbox / 'letter.pdf'}"
    told = (await watched.do("trigger.history", name="scans")).result["occurrences"]
    assert [line["said"] for line in told] == [f"created: {inbox / 'letter.pdf'}"]
    await watched.steward.watching.close()
    await write(watched, "scans", text + "says: Other words change nothing of what is watched\n")
    (inbox / "second.pdf").write_text("x")

    async def are_two() -> bool:
        return len(await rows(watched, "scans")) == 2

    await until(are_two)


async def test_a_file_that_goes_and_comes_back_is_told_each_time(watched: House, tmp_path: Path) -> None:
    inbox, away = tmp_path / "inbox", tmp_path / "away.pdf"
    inbox.mkdir()
    await write(watched, "scans", f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\nevents: [created, gone]\n")
    letter = inbox / "letter.pdf"

    async def told(number: int) -> None:
        async def are_so_many() -> bool:
            return len(await rows(watched, "scans")) == number

        await until(are_so_many)

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "scans")
        return state is not None and "held" in state.memory

    await until(is_followed)
    away.write_text("x")
    for number in (1, 3):
        away.rename(letter)
        await told(number)
        letter.rename(away)
        await told(number + 1)


async def test_a_readable_line_fires_once_when_it_comes_true(watched: House) -> None:
    await watched.steward.scanner.all()
    (watched.files / "one").touch()
    await watched.steward.scanner.all()
    await write(watched, "many", f"kind: condition\nmachine: {LOCAL_NAME}\nline: '[FILE_COUNT] > 0'\n")
    await until(lambda: rows(watched, "many"))
    assert [row.event["message"] for row in await rows(watched, "many")] == ["[FILE_COUNT] is 1"]


async def test_a_command_fires_and_one_that_does_not_only_read_is_told_and_never_run(watched: House) -> None:
    answer = watched.files / "answer.json"
    answer.write_text('{"fire": true, "message": "water", "state": 3}')
    await write(watched, "says", f"kind: condition\nmachine: {LOCAL_NAME}\ncommand: cat {answer}\n")
    await until(lambda: rows(watched, "says"))
    assert [(row.event["message"], row.event["state"]) for row in await rows(watched, "says")] == [("water", 3)]
    await write(watched, "bad", f"kind: condition\nmachine: {LOCAL_NAME}\ncommand: rm {answer}\n")
    await until(lambda: trouble(watched, "bad"))
    assert "does not only read" in await trouble(watched, "bad")
    assert answer.exists()


async def test_trouble_is_told_once_and_is_over_when_it_is_mended(watched: House) -> None:
    await write(watched, "says", "kind: condition\nmachine: nowhere\ncommand: cat /dev/null\n")
    await until(lambda: trouble(watched, "says"))
    assert "there is no machine `nowhere`" in await trouble(watched, "says")
    answer = watched.files / "answer.json"
    answer.write_text('{"fire": false}')
    await write(watched, "says", f"kind: condition\nmachine: {LOCAL_NAME}\ncommand: cat {answer}\n")

    async def is_well() -> bool:
        return not await trouble(watched, "says")

    await until(is_well)
    told = await watched.steward.storage.read(events.after, 0, limit=500)
    kinds = [event.kind for event in told if event.subject == "says" and event.kind.startswith("trigger.")]
    assert kinds == ["trigger.trouble", "trigger.recovered"]


def kept(house: House, *units: str, files: Mapping[str, str] = FILES, ats: Sequence[int] = ()) -> None:
    lines = ["systemd 252", *(f"file {content_hash(text.encode())} {path}" for path, text in files.items())]
    for number, unit in enumerate(units):
        lines += [
            "kept",
            f"at {ats[number] if ats else 1763800000 + number}",
            f"unit {unit}",
            "result exit-code",
            "status 1",
            "invocation none",
        ]
    (house.files.parent / "kept").write_text("\n".join(lines))


async def test_a_failure_that_a_machine_kept_is_told_once_and_what_was_there_before_is_not(watched: House) -> None:
    kept(watched, "old.service")
    await watched.steward.scanner.all()
    await write(watched, "broken", f"kind: unit\nmachines: [{LOCAL_NAME}]\nunits: ['backup*', 'old*']\n")

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "broken")
        return state is not None and bool(state.memory.get("held"))

    await until(is_followed)
    await watched.steward.watching.close()
    kept(watched, "old.service", "backup.service", "other.service")
    await watched.steward.scanner.all()
    await watched.steward.watching.tick()
    await until(lambda: rows(watched, "broken"))
    assert [row.event["unit"] for row in await rows(watched, "broken")] == ["backup.service"]


async def test_what_fails_between_a_trigger_and_the_first_look_at_its_machine_is_told(watched: House) -> None:
    await write(watched, "failed", f"kind: unit\nmachines: [{LOCAL_NAME}]\n")

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "failed")
        return state is not None and bool(state.memory.get("held"))

    await until(is_followed)
    now = int(watched.clock.now().timestamp())
    kept(watched, "long-ago.service", "just-now.service", ats=(now - 3600, now))
    await watched.steward.scanner.all()
    await until(lambda: rows(watched, "failed"))
    assert [row.event["unit"] for row in await rows(watched, "failed")] == ["just-now.service"]


async def test_a_machine_that_keeps_no_failures_is_told_with_what_to_do(watched: House) -> None:
    await watched.steward.scanner.all()
    await write(watched, "broken", f"kind: unit\nmachines: [{LOCAL_NAME}]\n")
    await until(lambda: trouble(watched, "broken"))
    assert f"steward unit watch-failure {LOCAL_NAME}" in await trouble(watched, "broken")


async def test_a_machine_on_which_a_file_of_that_was_changed_is_told_and_what_it_kept_before_still_counts(
    watched: House,
) -> None:
    kept(watched)
    await watched.steward.scanner.all()
    await write(watched, "broken", f"kind: unit\nmachines: [{LOCAL_NAME}]\n")

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "broken")
        return state is not None and bool(state.memory.get("held"))

    await until(is_followed)
    await watched.steward.watching.close()
    kept(watched, "backup.service", files=dict(list(FILES.items())[:-1]))
    await watched.steward.scanner.all()
    await watched.steward.watching.tick()
    await until(lambda: trouble(watched, "broken"))
    assert "gone or was changed" in await trouble(watched, "broken")
    assert [row.event["unit"] for row in await rows(watched, "broken")] == ["backup.service"]


async def test_a_paused_trigger_is_not_followed_and_what_it_watches_is_found_afterwards(
    watched: House, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    await write(watched, "scans", f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\n")

    async def is_followed() -> bool:
        state = await watched.steward.storage.read(trigger_states.get, "scans")
        return state is not None and "held" in state.memory

    await until(is_followed)
    steward = watched.steward
    await steward.storage.write(
        trigger_states.pause, "scans", by=houses.OWNER.id, at=steward.clock.now(), reason="holidays"
    )
    await steward.watching.tick()
    (inbox / "a.txt").write_text("x")
    command = Command(name="trigger.resume", input={"name": "scans"})
    assert "meanwhile is found" in (await steward.dispatch(OWNER, command, is_dry_run=True)).result["preview"]
    await steward.storage.write(trigger_states.resume, "scans")
    await steward.watching.tick()
    await until(lambda: rows(watched, "scans"))
    assert [row.event["name"] for row in await rows(watched, "scans")] == ["a.txt"]


async def test_no_file_by_hand_has_a_secret_handed_over(watched: House) -> None:
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 200 OK\r\nX-Consul-Index: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
        writer.close()

    async def has_asked() -> bool:
        return bool(asked)

    value = "kept-for-nobody-else-to-see"
    watched.steward.secrets.put("vault-key", Secret(value))
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        text = f"kind: consul\nurl: {url}\nkey: any\ntoken: secret://vault-key\n"
        await write(watched, "keys", text)
        await until(lambda: trouble(watched, "keys"))
        assert f"hands secret://vault-key to {url}, and nobody let it" in await trouble(watched, "keys")
        assert asked == []
        kept = (await watched.do("trigger.add", what="keys.yaml", text=text)).result
        assert f"By itself it hands secret://vault-key to {url}" in kept["each_run"]
        await watched.steward.watching.tick()
        await until(has_asked)
        assert value in asked[0]
        await watched.steward.watching.close()


async def test_files_are_moved_only_where_a_person_allowed_just_that(watched: House, tmp_path: Path) -> None:
    inbox, archive, elsewhere = (tmp_path / name for name in ("inbox", "archive", "elsewhere"))
    for folder in (inbox, archive, elsewhere):
        folder.mkdir()
    text = f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\nhasOlder: true\nmoveTo: {archive}\n"
    (inbox / "one.pdf").write_text("x")
    await write(watched, "scans", text)  # by hand: nobody allowed it
    await until(lambda: trouble(watched, "scans"))
    assert f"it moves files from {inbox}" in await trouble(watched, "scans")
    assert (inbox / "one.pdf").exists()
    found = (await watched.do("trigger.check", what="scans")).result
    assert f"into {archive}" in found["each_run"]
    with pytest.raises(NeedsProof):
        await watched.do("trigger.add", SOMEBODY, what="scans.yaml", text=text)
    await watched.do("trigger.add", OWNER, what="scans.yaml", text=text)
    await watched.steward.watching.tick()
    await until(lambda: rows(watched, "scans"))
    assert [path.name for path in archive.iterdir()] == ["one.pdf"]
    await watched.steward.scheduler.tick()
    await watched.steward.scheduler.settled()
    (row,) = await rows(watched, "scans")
    assert (row.state.value, row.reason) == ("ended", f"{inbox}/one.pdf is at {archive}/one.pdf")
    await write(watched, "scans", text.replace(str(archive), str(elsewhere)))
    (inbox / "two.pdf").write_text("x")
    await until(lambda: trouble(watched, "scans"))
    assert list(elsewhere.iterdir()) == []


async def test_what_was_allowed_is_not_any_more_once_the_trigger_was_removed(watched: House, tmp_path: Path) -> None:
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    inbox.mkdir()
    archive.mkdir()
    text = f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\nhasOlder: true\nmoveTo: {archive}\n"
    await watched.do("trigger.add", OWNER, what="scans.yaml", text=text)
    await watched.do("trigger.rm", OWNER, name="scans")
    (inbox / "one.pdf").write_text("x")
    await write(watched, "scans", text)  # by hand, word for word
    await until(lambda: trouble(watched, "scans"))
    assert "nobody let it" in await trouble(watched, "scans")
    assert (inbox / "one.pdf").exists()


async def test_a_file_that_cannot_be_placed_ends_as_failed_with_the_reason(watched: House, tmp_path: Path) -> None:
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    for folder in (inbox, archive):
        folder.mkdir()
        (folder / "one.pdf").write_text(folder.name)
    text = f"kind: files\nfolder: {inbox}\nsettleSeconds: 0\nhasOlder: true\nmoveTo: {archive}\n"
    await watched.do("trigger.add", OWNER, what="scans.yaml", text=text)
    await watched.steward.watching.tick()
    await until(lambda: rows(watched, "scans"))
    await watched.steward.scheduler.tick()
    await watched.steward.scheduler.settled()
    (row,) = await rows(watched, "scans")
    assert row.state.value == "failed"
    assert "there is another file of this name" in row.reason
    assert (archive / "one.pdf").read_text() == "archive"
    assert (inbox / "one.pdf").exists()
