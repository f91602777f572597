"""A kept file, from the machine into git and back: drift is told, put back, adopted, undone; no secret goes along."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.engines.fleet.access import access
from steward.knowhow.checks.drifted_files import PLUGIN as DRIFTED
from steward.knowhow.facts.kept_files import PLUGIN as KEPT
from steward.knowhow.facts.kept_files import KeptFiles, Writer
from steward.knowhow.fixes.put_back_file import PLUGIN as PUT_BACK
from steward.knowhow.operations.file_write import PLUGIN as WRITE
from steward.lib.canonical import content_hash
from steward.model.command import Command
from steward.model.errors import Conflict, InvalidInput, NeedsProof, NotFound, StewardError
from steward.model.machine import Transport
from steward.model.principal import PrincipalKind
from steward.model.run import RunState
from tests.flows import house as houses
from tests.flows.house import OWNER, SOMEBODY, House, as_kind, know_how

HELD = "# a service\nport = 8080\nname = web\n"
CHANGED = "# a service\nport = 9090\nname = web"


def with_kept_files(folder: Path) -> KnowHow:
    known = know_how(folder)
    return replace(
        known,
        facts=(*known.facts, KEPT),
        checks=(DRIFTED,),
        fixes=(PUT_BACK,),
        operations=(*known.operations, WRITE),
    )


@pytest.fixture(autouse=True)
def kept_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the house know kept files."""
    monkeypatch.setattr(houses, "know_how", with_kept_files)


@pytest.fixture
async def app(house: House) -> Path:
    """Return a file of the machine that is kept."""
    path = house.files / "app.conf"
    path.write_text(HELD)
    path.chmod(0o640)
    await house.do("files.keep", machine=LOCAL_NAME, path=str(path))
    return path


def in_git(house: House, path: Path) -> Path:
    return house.settings.workspace / "files" / LOCAL_NAME / str(path)[1:]


def git(house: House, *words: str) -> str:
    return subprocess.run(
        ("git", "-C", str(house.settings.workspace), *words), capture_output=True, text=True, check=True
    ).stdout


async def states(house: House) -> dict[str, str]:
    rows = (await house.do("files.ls", SOMEBODY)).result["files"]
    return {row["path"]: row["state"] for row in rows}


async def explained(house: House) -> list[dict[str, Any]]:
    await house.daemon.look()
    return list((await house.do("why", SOMEBODY)).result["explained"])


async def put_back(house: House) -> dict[str, Any]:
    (one,) = await explained(house)
    card: dict[str, Any] = (await house.do("plan", SOMEBODY, what=one["finding"]["id"])).result
    return card


async def run(house: House, card: dict[str, Any]) -> RunState:
    await house.approve(card)
    return (await house.ended(card["run"])).run.state


async def test_a_kept_file_lies_in_git_by_its_author_and_is_no_finding(house: House, app: Path) -> None:
    assert in_git(house, app).read_text() == HELD
    assert git(house, "log", "-1", "--format=%an %s") == f"the owner Keep {app} of {LOCAL_NAME}\n"
    assert await explained(house) == []
    assert await states(house) == {str(app): "as kept"}


async def test_drift_is_told_with_both_hashes_the_lines_and_two_ways_to_end_it(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    (one,) = await explained(house)
    finding = one["finding"]
    assert finding["title"] == f"{app} on {LOCAL_NAME} is not what git holds"
    assert (finding["resource"]["owner"], finding["fix"]) == ("git", "put_back_file")
    seen = [(each["name"], each["value"]) for each in finding["evidence"]]
    assert [value for name, value in seen if name == "line"][:2] == ["-port = 8080", "+port = 9090"]
    assert sum(name.startswith("sha256") for name, _ in seen) == 2
    assert f"steward files adopt {LOCAL_NAME} {app}" in finding["alternatives"][0]
    assert "-port = 9090" in one["plan"]
    assert "+port = 8080" in one["plan"]
    assert await states(house) == {str(app): "drifted"}


async def test_the_plan_puts_it_back_and_its_undo_brings_the_very_bytes_again(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    card = await put_back(house)
    assert card["plan"]["risk"] == "risky"
    assert await run(house, card) is RunState.VERIFIED
    assert app.read_text() == HELD
    assert app.stat().st_mode & 0o777 == 0o640
    assert await explained(house) == []
    undo = (await house.do("undo", SOMEBODY, run=card["run"])).result
    assert await run(house, undo) is RunState.VERIFIED
    assert app.read_text() == CHANGED
    assert [path.name for path in house.files.iterdir()] == ["app.conf"]


async def test_what_was_removed_comes_back_and_undo_removes_it(house: House, app: Path) -> None:
    app.unlink()
    card = await put_back(house)
    assert await run(house, card) is RunState.VERIFIED
    assert app.read_text() == HELD
    undo = (await house.do("undo", SOMEBODY, run=card["run"])).result
    assert await run(house, undo) is RunState.VERIFIED
    assert not app.exists()


async def test_adopting_takes_the_text_of_the_machine_and_changes_no_machine(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    (one,) = await explained(house)
    assert one["finding"]["fix"]
    before = app.stat().st_mtime_ns
    await house.do("files.adopt", machine=LOCAL_NAME, path=str(app))
    assert in_git(house, app).read_text() == CHANGED
    assert app.stat().st_mtime_ns == before
    assert await explained(house) == []


async def test_an_approval_does_not_cover_what_somebody_wrote_after_it_was_asked(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    card = await put_back(house)
    app.write_text("something else\n")
    assert await run(house, card) is not RunState.VERIFIED
    assert app.read_text() == "something else\n"


async def test_what_git_holds_later_is_not_what_was_approved(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    card = await put_back(house)
    in_git(house, app).write_text("# slipped in\n")
    await run(house, card)
    assert app.read_text() == HELD


@pytest.mark.parametrize(
    ("before", "value"),
    [("password = ", "hunter2-Kq81xZ"), ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")],
)
async def test_a_secret_does_not_go_into_git(house: House, app: Path, before: str, value: str) -> None:
    secret = house.files / "secret.conf"
    text = f"{before}{value}\n"
    secret.write_text(HELD + text)
    with pytest.raises(InvalidInput, match="secret"):
        await house.do("files.keep", machine=LOCAL_NAME, path=str(secret))
    app.write_text(HELD + text)
    with pytest.raises(InvalidInput, match="secret"):
        await house.do("files.adopt", machine=LOCAL_NAME, path=str(app))
    (one,) = await explained(house)
    assert one["finding"]["fix"] is None
    told = repr(one) + repr((await house.do("files.diff", SOMEBODY, machine=LOCAL_NAME, path=str(app))).result)
    assert value not in git(house, "log", "-p", "--all")
    assert value not in told


async def test_a_known_secret_is_none_of_the_file(house: House) -> None:
    house.steward.redactor.add("door", "open sesame please")
    path = house.files / "door.conf"
    path.write_text("greeting: open sesame please\n")
    with pytest.raises(InvalidInput, match="line 1"):
        await house.do("files.keep", machine=LOCAL_NAME, path=str(path))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "no text"),
        (lambda path: path.write_bytes(b"a" * 300_000), "larger"),
        (lambda path: path.symlink_to("/etc/hostname"), "link"),
        (lambda path: path.mkdir(), "no ordinary file"),
        (lambda _path: None, "not there"),
        (lambda path: path.write_text("# Ansible managed\nx=1\n"), "Ansible"),
    ],
)
async def test_what_cannot_be_kept_says_why(house: House, make: Any, why: str) -> None:
    path = house.files / "odd"
    make(path)
    with pytest.raises(InvalidInput, match=why):
        await house.do("files.keep", machine=LOCAL_NAME, path=str(path))
    assert not in_git(house, path).exists()


@pytest.mark.parametrize(
    "path", ["etc/motd", "/etc/../etc/motd", "/etc//motd", "/proc/cmdline", "/etc/a\nb", "/x/.git/y"]
)
async def test_a_path_that_is_none_is_refused(house: House, path: str) -> None:
    with pytest.raises(InvalidInput):
        await house.do("files.keep", machine=LOCAL_NAME, path=path)


async def test_only_kept_files_are_written(house: House, app: Path) -> None:
    other = house.files / "other.conf"
    other.write_text("x\n")
    with pytest.raises(InvalidInput, match="not kept"):
        await house.do("file.write", SOMEBODY, machine=LOCAL_NAME, path=str(other))
    with pytest.raises(InvalidInput, match="as git holds it"):
        await house.do("file.write", SOMEBODY, machine=LOCAL_NAME, path=str(app))


async def test_no_agent_keeps_adopts_or_drops(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    for name in ("files.keep", "files.adopt", "files.drop"):
        with pytest.raises(NeedsProof):
            await house.do(name, SOMEBODY, machine=LOCAL_NAME, path=str(app))
        with pytest.raises(StewardError):
            await house.do(name, as_kind(PrincipalKind.AGENT), machine=LOCAL_NAME, path=str(app))
    assert in_git(house, app).read_text() == HELD


async def test_keeping_twice_is_refused_and_dropping_leaves_the_machine_alone(house: House, app: Path) -> None:
    with pytest.raises(Conflict, match="kept already"):
        await house.do("files.keep", machine=LOCAL_NAME, path=str(app))
    await house.do("files.drop", machine=LOCAL_NAME, path=str(app))
    assert app.read_text() == HELD
    assert not in_git(house, app).exists()
    assert git(house, "status", "--porcelain") == ""
    assert await states(house) == {}
    with pytest.raises(NotFound):
        await house.do("files.drop", machine=LOCAL_NAME, path=str(app))


async def test_files_of_a_machine_that_left_are_told_and_can_be_dropped(house: House) -> None:
    lost = house.settings.workspace / "files" / "old-nas" / "etc" / "motd"
    lost.parent.mkdir(parents=True)
    lost.write_text("hello\n")
    git(house, "add", "files")
    git(house, "-c", "user.name=me", "-c", "user.email=me@example.org", "commit", "-qm", "keep")
    assert await states(house) == {"/etc/motd": "machine gone"}
    await house.do("files.drop", machine="old-nas", path="/etc/motd")
    assert await states(house) == {}


async def test_a_file_in_git_that_is_no_text_is_told_as_unknown(house: House, app: Path) -> None:
    in_git(house, app).write_bytes(b"\xff\xff")
    (one,) = await explained(house)
    assert one["finding"]["severity"] == "unknown"
    assert await states(house) == {str(app): "not seen"}


async def test_the_diff_is_shown_as_it_is_now(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    told = (await house.do("files.diff", SOMEBODY, machine=LOCAL_NAME, path=str(app))).result
    assert told["diff"].split("\n")[:2] == ["--- git", f"+++ {LOCAL_NAME}"]
    assert "no newline at its end" in told["diff"]


async def test_the_change_feed_says_that_steward_put_it_back(house: House, app: Path) -> None:
    await house.daemon.look()
    house.clock.pass_time(timedelta(minutes=6))
    app.write_text(CHANGED)
    card = await put_back(house)
    await run(house, card)
    house.clock.pass_time(timedelta(minutes=6))
    await house.daemon.look()
    found = (await house.do("changed", SOMEBODY)).result["changed"]
    told = [each["difference"] for each in found if each["difference"]["subject"] == f"kept file {app}"]
    assert [each["author"] for each in told][:2] == ["steward", "unknown"]


async def test_a_large_file_is_put_back_whole(house: House) -> None:
    path = house.files / "big.conf"
    text = "".join(f"line {number} \u00e4\n" for number in range(15_000))
    path.write_text(text)
    await house.do("files.keep", machine=LOCAL_NAME, path=str(path))
    path.write_text("gone\n")
    assert await run(house, await put_back(house)) is RunState.VERIFIED
    assert path.read_text() == text


async def test_the_plan_binds_what_is_written_by_its_hash(house: House, app: Path) -> None:
    app.write_text(CHANGED)
    command = Command(name="file.write", input={"machine": LOCAL_NAME, "path": str(app)})
    card = (await house.steward.dispatch(SOMEBODY, command, is_dry_run=True)).result
    (step,) = card["plan"]["steps"]
    named = [step["action"]["stdin_hash"], step["undo"]["actions"][0]["stdin_hash"]]
    assert named == [content_hash(text.encode()) for text in card["inputs"]]
    assert [text.partition("\n")[2] for text in card["inputs"]] == [HELD, CHANGED]
    assert all(name in card["shown"] for name in named)
    assert HELD not in repr(step["action"]["argv"])


async def test_a_secret_in_git_is_not_carried_to_a_machine(house: House, app: Path) -> None:
    house.steward.redactor.add("door", "open sesame please")
    in_git(house, app).write_text("greeting: open sesame please\n")
    await house.daemon.look()
    with pytest.raises(InvalidInput, match="door"):
        await house.do("file.write", SOMEBODY, machine=LOCAL_NAME, path=str(app))
    assert app.read_text() == HELD


async def test_the_rights_of_a_machine_name_each_kept_file_that_only_root_may_write(house: House, app: Path) -> None:
    async def unheard(_event: dict[str, Any]) -> None:
        """Drop it."""

    await house.daemon.look()
    desk, here = house.steward.desk(OWNER, False, unheard), house.steward.workspace.require(LOCAL_NAME)
    seen = house.steward.scanner.seen[here.id]
    file = replace(seen.values["kept_files"].files[str(app)], writer=Writer.ROOT)  # type: ignore[attr-defined]
    asked = replace(seen, values={**seen.values, "kept_files": KeptFiles(files={str(app): file}, unread={})})
    rights = access(
        replace(desk, seen=lambda _machine: asked), replace(here, transport=Transport.SSH, address="10.0.0.9")
    )
    assert rights is not None
    lines = [line for line in rights.to_act if line.endswith(f"steward put {app}")]
    assert [line.startswith("steward ALL=(root) NOPASSWD: /bin/sh -c {") for line in lines] == [True]
    assert sum(str(app) in line for line in rights.to_act) == 2
