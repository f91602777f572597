"""Jobs, watchers and message patterns as triggers, every one turned off."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from steward.core.foreign.imported import Imported
from steward.core.foreign.read import read
from steward.core.schedules import why_no_schedule
from steward.core.trigger_text import TriggerWords, parse_trigger
from steward.knowhow.triggers.hook import PLUGIN as HOOK
from steward.knowhow.triggers.schedule import PLUGIN as SCHEDULE
from steward.lib.yaml import load
from tests.unit.core.foreign.texts import JOBS, TRIGGERS, WATCHERS, imported, known, whys

JOB = """\
{
  "scrub": {"type": "shell", "command": "ssh nas 'zpool scrub tank'", "schedule": "SAID"}
}
"""


def triggers(found: Imported) -> dict[str, dict[str, Any]]:
    return {each.path: cast("dict[str, Any]", load(each.text).value) for each in found.files}


def test_jobs_become_schedules_that_are_off():
    found = triggers(imported(jobs__json=JOBS))
    scrub = found["triggers/scrub.yaml"]
    assert (scrub["kind"], scrub["schedule"], scrub["enabled"]) == ("schedule", {"every": "6h"}, False)
    assert scrub["starts"] == {"command": "pool.scrub", "with": {"machine": "nas", "pool": "tank"}}
    deploy = found["triggers/deploy.yaml"]
    assert (deploy["schedule"], deploy["starts"]) == ({"dailyAt": "09:05"}, {"workflow": "nightly"})


def test_a_job_that_names_no_machine_needs_one_said():
    assert "`--machine NAME`" in whys(imported(jobs__json=JOBS))["job reload"]
    found = triggers(imported("web", jobs__json=JOBS))["triggers/reload.yaml"]
    assert found["schedule"] == {"cron": "0 */6 * * *"}
    assert found["starts"] == {"command": "unit.reload", "with": {"machine": "web", "unit": "caddy.service"}}


def test_jobs_that_have_no_place_here_are_told_with_their_line():
    found = imported(jobs__json=JOBS)
    told = {(each.line, each.what) for each in found.unmapped}
    assert {(4, "job reload"), (5, "job odd"), (6, "job ask"), (2, "output of job scrub")} <= told
    assert "whole minutes" in whys(found)["job odd"]


def test_a_list_of_jobs_is_read_too():
    text = (
        '[{"name": "scrub", "job_type": "shell", "command": "ssh nas \'zpool scrub tank\'", "schedule": "every 2h30m"}]'
    )
    assert triggers(imported(jobs__json=text))["triggers/scrub.yaml"]["schedule"] == {"every": "150m"}


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("0 30 3 * * mon", {"cron": "0 30 3 * * mon"}),
        ("*/10  * * * * *", {"cron": "*/10 * * * * *"}),
        ("@Hourly", {"cron": "@hourly"}),
        ("@daily", {"cron": "@daily"}),
        ("@midnight", {"cron": "@midnight"}),
        ("@weekly", {"cron": "@weekly"}),
        ("@monthly", {"cron": "@monthly"}),
        ("@yearly", {"cron": "@yearly"}),
        ("@annually", {"cron": "@annually"}),
        ("@every 1h30m", {"every": "90m"}),
    ],
)
def test_a_schedule_that_ours_can_say_is_taken_over(said: str, ours: dict[str, str]):
    words = TriggerWords(kinds={SCHEDULE.name: SCHEDULE}, why_no_schedule=why_no_schedule)
    text = JOB.replace("SAID", said)
    found = read({"jobs.json": text}, replace(known(), trigger_words=words))
    assert triggers(found)["triggers/scrub.yaml"]["schedule"] == ours


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("@reboot", "a start of its computer"),
        ("@every 90s", "whole minutes"),
        ("@fortnightly", "no known form"),
        ("0 0 0 3 * * 2026", "no known form"),
    ],
)
def test_a_schedule_that_ours_cannot_say_is_listed_with_its_reason(said: str, why: str):
    found = imported(jobs__json=JOB.replace("SAID", said))
    assert not found.files
    assert [(each.line, each.what) for each in found.unmapped] == [(2, "job scrub")]
    assert why in whys(found)["job scrub"]


def test_watchers_become_triggers_on_files():
    found = triggers(imported(watchers__yaml=WATCHERS))
    torrents = found["triggers/torrents.yaml"]
    assert torrents["kind"] == "files"
    assert (torrents["folder"], torrents["patterns"], torrents["moveTo"]) == ("/srv/in", ["*.torrent"], "/srv/watch")
    assert torrents["events"] == ["created", "moved"]
    assert "starts" not in torrents
    release = found["triggers/release.yaml"]
    assert (release["folder"], release["patterns"], release["events"]) == ("/srv/releases", ["*"], ["created"])
    assert release["starts"] == {"workflow": "nightly"}


def test_watchers_without_a_place_here_are_told():
    told = whys(imported(watchers__yaml=WATCHERS))
    assert "absolute path" in told["watcher shots"]
    assert "a variable" in told["watcher optimize"]
    assert "skills do not exist here" in told["watcher bills"]


def test_a_pattern_of_messages_becomes_a_hook_and_that_is_told():
    found = imported(triggers__yaml=TRIGGERS)
    assert triggers(found)["triggers/deploy.yaml"]["kind"] == "hook"
    assert "a signed delivery" in whys(found)["pattern !deploy"]
    assert "language model" in whys(found)["trigger !ask (.+)"]


def test_every_trigger_is_one_that_stewards_own_reader_reads():
    words = TriggerWords(kinds={each.name: each for each in (SCHEDULE, HOOK)}, commands=known().operations)
    files = {"jobs.json": JOBS, "triggers.yaml": TRIGGERS, "watchers.yaml": WATCHERS}
    found = read(files, replace(known(), trigger_words=words))
    read_back = [parse_trigger(each.text, file=each.path, words=words) for each in found.files]
    assert {(each.name, each.kind.value, each.is_on) for each in read_back} == {
        ("scrub", "schedule", False),
        ("deploy", "schedule", False),
        ("deploy-2", "hook", False),
    }
    assert "there is no kind of trigger `files`" in whys(found)["triggers/torrents.yaml"]


def test_two_jobs_of_one_name_both_come_over():
    found = imported(a__json=JOBS, b__json=JOBS)
    assert {"triggers/scrub.yaml", "triggers/scrub-2.yaml"} <= {file.path for file in found.files}


def test_a_single_event_is_not_taken_for_another():
    text = '- {name: out, path: "/srv/in/*.pdf", events: modified, action: move, command: /srv/out}\n'
    assert load(imported(w__yaml=text).files[0].text).value["events"] == ["changed"]


def test_a_pattern_of_every_folder_below_is_watched_below_and_others_are_told():
    text = "- {name: shots, path: PATH, action: copy, command: /backup}\n"
    document = load(imported(w__yaml=text.replace("PATH", "/srv/**/x?.png")).files[0].text).value
    assert (document["folder"], document["patterns"], document["recursive"]) == ("/srv", ["x?.png"], True)
    for path in ("/srv/*/x.png", "/srv/**/a/x.png", "/srv/**"):
        assert "names of folders" in whys(imported(w__yaml=text.replace("PATH", path)))["watcher shots"]


def test_what_a_start_says_beside_what_is_read_is_told():
    job = '"type": "shell", "schedule": "every 6h", "command": "ssh nas reboot"'
    jobs = f'{{"a": {{{job}, "args": ["-v"], "run_count": 7, "prompt": "x"}}}}'
    told = whys(imported(j__json=jobs))
    assert set(told) == {"args of job a", "run_count of job a", "prompt of job a"}
    rule = "{name: in, path: /srv/in, action: move, command: /srv/a, destination: /srv/b, args: [x]}"
    told = whys(imported(w__yaml=f"- {rule}\n"))
    assert set(told) == {"field destination of watcher in", "field args of watcher in"}


def test_a_message_that_names_a_workflow_starts_it():
    found = imported(t__yaml='- {pattern: "!up", workflow: nightly}\n')
    assert load(found.files[0].text).value["starts"] == {"workflow": "nightly"}


@pytest.mark.parametrize(
    ("said", "is_listed"),
    [("0 9 * * 1", True), ("0 9 * * mon", False), ("0 0 9 * * 1-5", True), ("0 9 * * *", False), ("0 9 1 * *", False)],
)
def test_a_number_for_the_weekday_is_listed_for_programs_count_them_differently(said: str, is_listed: bool):
    job = {"name": "scrub", "job_type": "shell", "command": "ssh nas 'zpool scrub tank'", "schedule": said}
    text = json.dumps([job])
    found = imported(jobs__json=text)
    assert triggers(found)["triggers/scrub.yaml"]["schedule"]["cron"].split()[-1] == said.rsplit(maxsplit=1)[-1]
    assert ("0 is Sunday" in whys(found).get("weekday of job scrub", "")) is is_listed
