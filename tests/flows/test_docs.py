"""The living documentation in a real git repository: written once, the owner's words kept, nothing overwritten."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow
from steward.app.start import LOCAL_NAME
from steward.model.command import Command
from steward.model.errors import Denied, InvalidInput, NeedsProof, NotAllowed, NotFound
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.principal import PrincipalKind
from steward.model.relation import Lab, Relation
from steward.model.risk import Strength
from steward.model.secret import Secret
from tests.flows import house as houses
from tests.flows.house import OWNER, SOMEBODY, Files, House, as_kind

BEGIN, END = "<!-- notes: yours, kept -->\n", "<!-- notes: end -->\n"


def told(lab: Lab) -> Graph:
    """Take each file of the test's folder for a service."""
    things: list[Thing] = []
    for snapshot in lab.snapshots():
        folder = snapshot.values.get("folder")
        for name in folder.files if isinstance(folder, Files) else ():
            where = snapshot.machine.name
            thing = Thing(
                id=f"service:{where}/{name}",
                kind=ThingKind.SERVICE,
                name=name,
                machine=where,
                says="an image",
                source="folder",
                at=snapshot.at,
            )
            things.append(thing)
    machines = tuple(Thing(id=f"machine:{m.name}", kind=ThingKind.MACHINE, name=m.name) for m in lab.machines)
    edges = tuple(Edge(of=t.id, on=f"machine:{t.machine}", tie=Tie.RUNS_ON, source="folder") for t in things)
    return Graph(things=(*machines, *things), edges=edges)


@pytest.fixture
async def lab(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose graph holds a service for each file of its folder; one service is there and was seen."""
    before = houses.know_how

    def with_services(files: Path) -> KnowHow:
        relation = Relation(name="files", summary="files are services", needs=("folder",), tell=told)
        return replace(before(files), relations=(relation,))

    monkeypatch.setattr(houses, "know_how", with_services)
    await house.close()
    (house.files / "photos").touch()
    await house.open()
    await look(house)
    return house


async def look(house: House, *, after: timedelta = timedelta(minutes=6)) -> None:
    house.clock.pass_time(after)
    await house.daemon.look()


async def build(house: House, actor: Any = OWNER, **given: Any) -> dict[str, Any]:
    return (await house.do("docs.build", actor, **given)).result


async def check(house: House) -> int:
    return (await house.do("docs.check", SOMEBODY)).exit_code


def git(house: House, *words: str) -> str:
    place = house.settings.workspace
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    names = ("-c", f"safe.directory={place}", "-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(["git", *names, "-C", place, *words], capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(house: House, name: str) -> Path:
    return house.settings.workspace / "docs" / name


def add_notes(path: Path, notes: str) -> None:
    text = path.read_bytes().decode()
    begin = text.index(BEGIN) + len(BEGIN)
    path.write_bytes((text[:begin] + notes + text[text.index(END) :]).encode())


def commit(house: House, *flags: str) -> None:
    git(house, "add", "-A")
    git(house, "commit", "-qm", "mine", *flags)


def doings(result: dict[str, Any]) -> dict[str, str]:
    return {change["path"].removeprefix("docs/"): change["does"] for change in result["changed"]}


async def test_a_build_is_one_commit_by_whoever_asked_and_a_second_one_is_none(lab: House) -> None:
    assert await check(lab) == 10
    before = git(lab, "rev-list", "--count", "HEAD")
    built = await build(lab)
    assert set(doings(built)) == {
        "README.md",
        "break-glass.md",
        "network.md",
        "storage.md",
        f"machines/{LOCAL_NAME}.md",
        "services/photos.md",
    }
    assert int(git(lab, "rev-list", "--count", "HEAD")) == int(before) + 1
    assert git(lab, "log", "-1", "--format=%H %an").split() == [built["commit"], "the", "owner"]
    assert "services/photos" in git(lab, "log", "-1", "--format=%s")
    assert git(lab, "status", "--porcelain") == ""
    assert await check(lab) == 0
    again = await build(lab)
    assert (again["changed"], again["commit"]) == ([], "")
    assert git(lab, "log", "-1", "--format=%H").strip() == built["commit"]


async def test_notes_are_kept_byte_for_byte_while_the_rest_is_written_anew(lab: House) -> None:
    await build(lab)
    machine = page(lab, f"machines/{LOCAL_NAME}.md")
    notes = "  mine\r\n\n# not a heading of yours\n<!-- notes: yours -->\ttab \n"
    add_notes(machine, notes)
    commit(lab)
    (lab.files / "music").touch()
    await look(lab)
    assert doings(await build(lab))[f"machines/{LOCAL_NAME}.md"] == "changed"
    text = machine.read_bytes().decode()
    assert BEGIN + notes + END in text
    assert "music" in text


async def test_the_page_of_what_is_gone_moves_with_its_notes_and_comes_back(lab: House) -> None:
    await build(lab)
    add_notes(page(lab, "services/photos.md"), "bought in May\n")
    commit(lab)
    (lab.files / "photos").unlink()
    await look(lab)
    assert doings(await build(lab))["gone/service-photos.md"] == "gone"
    gone = page(lab, "gone/service-photos.md")
    assert "> Gone: " in gone.read_text()
    assert "bought in May\n" in gone.read_text()
    assert not page(lab, "services/photos.md").exists()
    assert git(lab, "status", "--porcelain") == ""
    assert doings(await build(lab)) == {}
    (lab.files / "photos").touch()
    await look(lab)
    assert doings(await build(lab))["services/photos.md"] == "moved"
    back = page(lab, "services/photos.md").read_text()
    assert "bought in May\n" in back
    assert "Gone" not in back
    assert not gone.exists()


async def test_a_machine_with_a_new_name_keeps_its_page_and_those_of_its_services(lab: House) -> None:
    await build(lab)
    add_notes(page(lab, f"machines/{LOCAL_NAME}.md"), "in the cellar\n")
    add_notes(page(lab, "services/photos.md"), "of the family\n")
    commit(lab)
    inventory = lab.settings.workspace / "inventory.yaml"
    inventory.write_text(inventory.read_text().replace(f"name: {LOCAL_NAME}", "name: cellar"))
    commit(lab)
    await look(lab)
    done = doings(await build(lab))
    assert done["machines/cellar.md"] == "moved"
    assert done["services/photos.md"] == "changed"
    assert not any(doing == "gone" for doing in done.values())
    assert "in the cellar\n" in page(lab, "machines/cellar.md").read_text()
    assert "of the family\n" in page(lab, "services/photos.md").read_text()
    assert not page(lab, f"machines/{LOCAL_NAME}.md").exists()


async def test_a_file_of_the_owner_is_never_touched(lab: House) -> None:
    own = page(lab, "network.md")
    own.parent.mkdir(parents=True)
    own.write_text("# drawn by hand\n")
    extra = page(lab, "recipes.md")
    extra.write_text("soup\n")
    built = await build(lab)
    assert built["yours"] == ["docs/network.md"]
    assert own.read_text() == "# drawn by hand\n"
    assert extra.read_text() == "soup\n"
    assert "docs/storage.md" in git(lab, "show", "--stat", "--format=", "HEAD")
    assert await check(lab) == 0


async def test_an_edit_that_is_not_committed_holds_up_its_page_alone(lab: House) -> None:
    await build(lab)
    add_notes(page(lab, "services/photos.md"), "half a sen\n")
    assert await check(lab) == 0, "the page is as it should be; only its notes differ"
    (lab.files / "photos-db").touch()
    (lab.files / "photos").unlink()
    await look(lab)
    answer = await lab.do("docs.build")
    assert answer.exit_code == 10
    (refused,) = answer.result["refused"]
    assert (refused["path"], refused["line"]) == ("docs/services/photos.md", 0)
    assert "commit" in refused["next_step"]
    assert "half a sen\n" in page(lab, "services/photos.md").read_text()
    assert doings(answer.result)["services/photos-db.md"] == "new"
    commit(lab)
    assert doings(await build(lab)) == {"gone/service-photos.md": "gone"}


async def test_broken_marks_are_refused_with_their_line_and_the_others_are_written(lab: House) -> None:
    await build(lab)
    machine = page(lab, f"machines/{LOCAL_NAME}.md")
    broken = machine.read_text().replace(END, "")
    machine.write_text(broken)
    commit(lab)
    (lab.files / "music").touch()
    await look(lab)
    answer = await lab.do("docs.build")
    (refused,) = answer.result["refused"]
    assert refused["path"] == f"docs/machines/{LOCAL_NAME}.md"
    assert refused["line"] == len(broken.splitlines())
    assert "notes: end" in refused["why"]
    assert machine.read_text() == broken
    assert doings(answer.result)["services/music.md"] == "new"


async def test_what_is_not_there_yet_is_told_and_not_written(lab: House) -> None:
    preview = (await lab.steward.dispatch(OWNER, Command(name="docs.build", input={}), is_dry_run=True)).result[
        "preview"
    ]
    assert "docs/services/photos.md, new: +" in preview
    assert not page(lab, "README.md").exists()


async def test_writing_needs_the_owner_and_checking_nobody(lab: House) -> None:
    with pytest.raises(NeedsProof):
        await build(lab, SOMEBODY)
    for kind in (PrincipalKind.AGENT, PrincipalKind.TOKEN):
        with pytest.raises((Denied, NotAllowed)):
            await build(lab, replace(as_kind(kind, Strength.NONE), rights=SOMEBODY.rights))
    assert not page(lab, "README.md").exists()
    assert await check(lab) == 10
    asked = await lab.do("docs.build", check=True)
    assert (asked.exit_code, asked.result["commit"]) == (10, "")
    assert not page(lab, "README.md").exists()


async def test_what_became_a_secret_after_it_was_seen_is_in_no_page_no_path_and_no_message(lab: House) -> None:
    (lab.files / "hortensia77").touch()
    await look(lab)
    lab.steward.secrets.put("door", Secret("hortensia77"))
    assert page(lab, "services").exists() is False
    await build(lab)
    assert len(list(page(lab, "services").iterdir())) == 2
    assert "hortensia77" not in git(lab, "log", "-1", "--patch")


async def test_notes_with_a_secret_hold_up_the_move_of_their_page_alone(lab: House) -> None:
    await build(lab)
    add_notes(page(lab, "services/photos.md"), "the token is " + "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + "\n")
    commit(lab, "--no-verify")
    (lab.files / "photos").unlink()
    (lab.files / "music").touch()
    await look(lab)
    built = await build(lab)
    assert [refused["path"] for refused in built["refused"]] == ["docs/services/photos.md"]
    assert doings(built)["services/music.md"] == "new"


async def test_only_the_day_makes_a_commit_once_a_week(lab: House) -> None:
    await build(lab)
    await look(lab, after=timedelta(days=5))
    assert doings(await build(lab)) == {}
    await look(lab, after=timedelta(days=3))
    assert set(doings(await build(lab))) == {"README.md", "break-glass.md"}


async def test_pages_are_listed_by_shelf_with_their_age_and_each_is_shown_in_its_parts(lab: House):
    assert (await lab.do("docs.ls")).result["sentence"].startswith("nothing is written yet")
    await build(lab)
    listed = (await lab.do("docs.ls")).result["pages"]
    assert [(each["path"], each["shelf"]) for each in listed][:2] == [
        ("README.md", "start"),
        (f"machines/{LOCAL_NAME}.md", "machines"),
    ]
    assert ("services/photos.md", "services") in {(each["path"], each["shelf"]) for each in listed}
    assert all(each["changed"] for each in listed)
    shown = (await lab.do("docs.show", path="break-glass.md")).result
    assert shown["entry"]["title"] == "When something does not work"
    assert (shown["heading"], shown["is_marked"]) == ("Whom to call", True)
    assert "# When something" not in shown["before"]
    assert "steward: break-glass" not in shown["before"]
    assert "Switching everything on" in shown["after"]


async def test_only_what_was_committed_is_shown_and_notes_are_told_apart(lab: House):
    await build(lab)
    root = Path(lab.steward.settings.workspace)
    place = root / "docs" / "services" / "photos.md"
    text = place.read_text()
    place.write_text(text.replace(BEGIN, f"{BEGIN}Stands in the cellar.\n"))
    before = (await lab.do("docs.show", path="services/photos.md")).result
    assert (before["notes"].strip(), before["entry"]["is_edited"]) == ("", True)
    assert (await lab.do("docs.search", words="cellar")).result["hits"] == []
    names = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run(["git", "-C", str(root), *names, "commit", "-qam", "Notes"], check=True)
    after = (await lab.do("docs.show", path="docs/services/photos.md")).result
    assert (after["notes"].strip(), after["entry"]["is_edited"]) == ("Stands in the cellar.", False)
    hit = (await lab.do("docs.search", words="CELLAR stands")).result["hits"][0]
    line = place.read_text().split("\n").index("Stands in the cellar.") + 1
    assert (hit["path"], hit["line"], hit["is_notes"]) == ("services/photos.md", line, True)


async def test_a_file_of_the_owner_is_on_a_shelf_of_its_own_and_a_draft_is_not_shown(lab: House):
    root = Path(lab.steward.settings.workspace)
    (root / "docs").mkdir(exist_ok=True)
    (root / "docs" / "cables.md").write_text("# Cables\n\nThe blue one.\n")
    assert (await lab.do("docs.ls")).result["pages"] == []
    names = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run(["git", "-C", str(root), "add", "-A"], check=True)
    subprocess.run(["git", "-C", str(root), *names, "commit", "-qm", "Cables"], check=True)
    [entry] = (await lab.do("docs.ls")).result["pages"]
    assert (entry["title"], entry["shelf"]) == ("Cables", "yours")
    shown = (await lab.do("docs.show", path="cables.md")).result
    assert (shown["before"].strip(), shown["notes"], shown["is_marked"]) == ("The blue one.", "", False)


@pytest.mark.parametrize("path", ["machines/nobody.md", "../inventory.yaml", "/etc/passwd", "../.git/config", ""])
async def test_nothing_but_a_page_is_shown(lab: House, path: str):
    await build(lab)
    with pytest.raises(NotFound):
        await lab.do("docs.show", path=path)


async def test_a_search_without_words_says_what_to_write(lab: House):
    with pytest.raises(InvalidInput):
        await lab.do("docs.search", words="  ")
