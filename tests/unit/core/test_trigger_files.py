"""Trigger files: camel case to records, every problem with its line, the last good version in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.adapters.repositories.git import GitRepository
from steward.app.plugins import load_trigger_kinds
from steward.core.trigger_files import TriggerFiles
from steward.core.trigger_text import TriggerWords, parse_trigger
from steward.model.errors import InvalidFile, NotFound
from steward.model.principal import STEWARD
from steward.model.trigger import Missed, Overlap, Schedule, Starts, TriggerKind

WORDS = TriggerWords(
    kinds=load_trigger_kinds(),
    commands=("unit.restart", "container.restart"),
    why_no_schedule=lambda schedule: "no such time" if schedule.cron == "never" else "",
)
NIGHTLY = """\
kind: schedule
name: nightly
says: Restart the web server at night
schedule: {dailyAt: "03:30", zone: Europe/Berlin, jitter: 2m}
starts:
  command: unit.restart
  with: {machine: web, unit: nginx.service}
missed: skip
overlap: queue
mostAtOnce: 2
startWithin: 10m
endWithin: 1h30m
coalesce: 5
enabled: false
"""


def problems(text: str, name: str = "nightly") -> list[tuple[int, str]]:
    with pytest.raises(InvalidFile) as caught:
        parse_trigger(text, file=f"triggers/{name}.yaml", words=WORDS)
    return [(each.line, each.what) for each in caught.value.problems]


@pytest.fixture
def files(tmp_path: Path) -> TriggerFiles:
    repository = GitRepository(path=tmp_path / "workspace")
    repository.create()
    (tmp_path / "workspace" / "triggers").mkdir()
    return TriggerFiles(repository=repository, words=WORDS)


def put(files: TriggerFiles, name: str, text: str) -> None:
    (Path(files._repository.path) / "triggers" / f"{name}.yaml").write_text(text)


def test_every_field_is_read():
    trigger = parse_trigger(NIGHTLY, file="triggers/nightly.yaml", words=WORDS)
    assert trigger.kind is TriggerKind.SCHEDULE
    assert trigger.schedule == Schedule(daily_at="03:30", zone="Europe/Berlin", jitter_seconds=120)
    assert trigger.starts == Starts(command="unit.restart", input={"machine": "web", "unit": "nginx.service"})
    assert (trigger.missed, trigger.overlap, trigger.most_at_once) == (Missed.SKIP, Overlap.QUEUE, 2)
    assert (trigger.start_within_seconds, trigger.end_within_seconds, trigger.coalesce_seconds) == (600, 5400, 5)
    assert not trigger.is_on


def test_the_name_is_the_file_s_when_it_is_not_written():
    text = 'kind: schedule\nschedule: {cron: "0 3 * * *"}\nstarts: {workflow: weekly}\n'
    assert parse_trigger(text, file="triggers/weekly.yaml", words=WORDS).name == "weekly"
    assert problems("name: other\n" + text, "weekly") == [(1, "the name is not the file's: `other`, and `weekly`")]


def test_every_problem_is_told_with_its_line():
    text = """\
kind: schedule
shedule: {cron: "0 3 * * *"}
schedule: {cron: never, every: 5m}
starts: {command: unit.restrat, goal: tidy}
missed: sometimes
overlap: 3
mostAtOnce: true
startWithin: soon
enabled: perhaps
"""
    assert [line for line, _ in problems(text)] == [2, 3, 4, 4, 5, 6, 7, 8, 9]


def test_a_schedule_that_cannot_be_used_is_told_where_it_is_written():
    text = "kind: schedule\nschedule:\n  zone: UTC\n  cron: never\nstarts: {command: unit.restart}\n"
    assert problems(text) == [(4, "`schedule` cannot be used")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]\n", "this is not a trigger"),
        ("kind: shedule\n", "there is no kind of trigger `shedule`"),
        ("kind: schedule\nstarts: {command: unit.restart}\n", "`schedule` is missing"),
        ('kind: schedule\nschedule: {cron: "0 3 * * *"}\n', "it starts nothing"),
        ("kind: hook\nschedule: {every: 5m}\n", "a trigger of kind `hook` has no schedule"),
        ("kind: event\nevents: [Finding]\n", "`Finding` is no kind of event"),
        ("kind: event\n", "`events` is missing"),
        ("kind: event\nevents: 5\n", "`events` must be a list"),
        ("kind: hook\nhok: x\n", "unknown field `hok`"),
        ("kind: hook\nsource: {hok: x}\n", "unknown field `hok`"),
        ('kind: ping\nschedule: {every: "1d"}\nonFail: maybe\n', "`onFail` does not fit"),
    ],
)
def test_one_thing_wrong_is_told_as_that(text: str, told: str):
    assert told in [what for _, what in problems(text)]


def test_fields_of_a_kind_stand_at_the_top_or_under_source():
    top = parse_trigger("kind: hook\nhook: git\nevents: [push]\n", file="triggers/x.yaml", words=WORDS)
    under = parse_trigger("kind: hook\nsource: {hook: git, events: [push]}\n", file="triggers/x.yaml", words=WORDS)
    assert top.source == under.source == {"hook": "git", "events": ["push"]}


def test_the_last_good_version_stays_in_force_and_a_file_that_is_gone_does_not(files: TriggerFiles):
    put(files, "nightly", NIGHTLY)
    first = files.look().triggers["nightly"]
    put(files, "nightly", "kind: nonsense\n")
    seen = files.look()
    assert seen.triggers["nightly"] == first
    assert [problem.file for problem in seen.problems] == ["triggers/nightly.yaml"]
    put(files, "nightly", NIGHTLY.replace("false", "true"))
    assert files.look().triggers["nightly"].digest != first.digest
    (Path(files._repository.path) / "triggers" / "nightly.yaml").unlink()
    assert files.look().triggers == {}


def test_a_file_that_did_not_change_is_not_read_again(files: TriggerFiles, monkeypatch: pytest.MonkeyPatch):
    put(files, "nightly", NIGHTLY)
    put(files, "broken", "kind: nonsense\n")
    repository, read = files._repository, list[str]()
    real, stamps = repository.read, {"triggers/nightly.yaml": "1", "triggers/broken.yaml": "1"}
    monkeypatch.setattr(repository, "stamps", lambda _: stamps)
    monkeypatch.setattr(repository, "read", lambda path: read.append(path) or real(path))
    first = files.look()
    assert sorted(read) == ["triggers/broken.yaml", "triggers/nightly.yaml"]
    assert files.look() == first
    assert len(read) == 2
    stamps["triggers/nightly.yaml"] = "2"
    files.look()
    assert read[2:] == ["triggers/nightly.yaml"]
    stamps["triggers/nightly.yaml"] = ""
    files.look()
    files.look()
    assert read[3:] == ["triggers/nightly.yaml"] * 2


def test_files_with_other_names_are_told_and_not_read(files: TriggerFiles):
    put(files, "Bad Name", NIGHTLY)
    seen = files.look()
    assert not seen.triggers
    assert [problem.what for problem in seen.problems] == ["this is not the name of a trigger's file"]


def test_a_trigger_is_written_as_a_commit_and_removed_as_one(files: TriggerFiles):
    assert files.write("nightly", NIGHTLY, STEWARD)
    assert files.require("nightly").trigger.name == "nightly"
    assert files.remove("nightly", STEWARD)
    with pytest.raises(NotFound):
        files.require("nightly")
    with pytest.raises(NotFound):
        files.remove("nightly", STEWARD)


def test_a_broken_file_is_the_reason_that_its_trigger_is_not_found(files: TriggerFiles):
    put(files, "nightly", "kind: schedule\n")
    with pytest.raises(NotFound) as caught:
        files.require("nightly")
    assert "`schedule` is missing" in caught.value.why


@pytest.mark.parametrize(
    ("text", "line", "step"),
    [
        ("kind: schedule\nschedule: 0 9 * * *\nstarts: {goal: g}\n", 2, 'write `schedule: {cron: "0 9 * * *"}`'),
        ("kind: schedule\nschedule: {every: 6h}\nstarts: nightly\n", 3, "write `starts: {workflow: NAME}`"),
        ("kind: cron\n", 1, "did you mean `schedule`?"),
        ('kind: schedule\ncron: "0 9 * * *"\n', 2, "did you mean `schedule`?"),
        ("kind: schedule\nschedule: {every: 6h}\nrun: nightly\n", 3, "did you mean `starts`?"),
        ("kind: files\npath: /srv/in\n", 2, "did you mean `folder`?"),
        ("kind: files\nfolder: /srv/in\nevents: created\n", 3, 'write `events: ["created"]`'),
        ('kind: files\nfolder: /srv/in\npatterns: "*.pdf"\n', 3, 'write `patterns: ["*.pdf"]`'),
        ("kind: files\nfolder: /srv/in\nevents: [create]\n", 3, "did you mean `created`?"),
    ],
)
def test_what_people_get_wrong_in_a_trigger_is_told_with_what_to_write(text: str, line: int, step: str):
    with pytest.raises(InvalidFile) as refused:
        parse_trigger(text, file="triggers/t.yaml", words=WORDS)
    told = [(each.line, each.next_step) for each in refused.value.problems]
    assert any(at == line and said.startswith(step) for at, said in told), told
    assert all("tuple" not in f"{each.what} {each.why}" for each in refused.value.problems)
