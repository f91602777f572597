"""What a person reads, one family of commands after the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from steward.surfaces.cli.render import text_of
from steward.surfaces.cli.style import Style
from tests.unit.surfaces.cli import results
from tests.unit.surfaces.cli.test_render import BRAKE, MACHINE, WHY

STYLE = Style(color=False, is_terminal=False, width=80, now=datetime(2026, 3, 1, 12, tzinfo=UTC))


def shown(name, result):
    return text_of(name, result, STYLE)


def test_status_begins_with_the_sentence_and_shows_the_worst_machine_first():
    text = shown("status", results.STATUS)
    assert text.startswith(results.STATUS["sentence"])
    assert text.index("■ Down  nuc-2") < text.index("● OK    nas")
    assert "K7QM" in text


def test_status_names_the_brake_that_is_on_and_how_it_is_lifted():
    text = shown("status", {**results.STATUS, "brake": BRAKE})
    assert "‖ Freeze is on since 60 min ago by anna: guests" in text
    assert "steward resume" in text


def test_status_shows_what_is_wrong_with_the_files_of_the_workspace():
    text = shown("status", {**results.STATUS, "problems": ["inventory.yaml:3:1: unknown field"]})
    assert "- inventory.yaml:3:1: unknown field" in text


def test_a_machine_that_was_never_seen_is_not_good():
    line = {"name": "nas", "seen_at": None, "findings": 0}
    assert "? Unknown  nas      never" in shown("status", {"sentence": "s", "machines": [line]})


def test_why_shows_evidence_with_source_and_age_and_the_next_step():
    text = shown("why", WHY)
    assert "  seen by systemctl on nuc-2, 14 s ago:\n  - active_state: failed\n" in text
    assert "If nothing is done: the web pages stay down" in text
    assert "next: " in text
    assert "smart  needs sudo" in text


def test_evidence_from_outside_is_marked():
    finding = {**results.FINDING, "evidence": [{"name": "log", "value": "x", "source": "journal", "taint": "outside"}]}
    text = shown("why", {"sentence": "", "explained": [{"finding": finding, "blocked": "this needs you"}]})
    assert "  seen by journal:\n  - log: x (from outside)" in text
    assert "No plan: this needs you" in text


def test_other_ways_to_end_a_finding_stand_below_its_plan():
    finding = {
        **results.FINDING,
        "alternatives": ["`steward files adopt nas /x` takes it", "`steward files drop` stops"],
    }
    text = shown("why", {"sentence": "", "explained": [{"finding": finding, "next": "steward plan find-1"}]})
    assert (
        "  next: steward plan find-1\n  Or: `steward files adopt nas /x` takes it\n  Or: `steward files drop`" in text
    )


def test_kept_files_are_a_line_each():
    row = {"machine": "nas", "path": "/etc/motd", "seen_at": "2026-03-01T11:59:46Z", "note": "other content"}
    text = shown("files.ls", {"sentence": "1 file kept.", "files": [{**row, "state": "drifted"}]})
    assert text.startswith("1 file kept.")
    assert "nas      /etc/motd  drifted  14 s ago  other content" in text


def test_a_difference_is_shown_as_it_is():
    text = shown("files.diff", {"sentence": "It differs.", "diff": "-  a = 1\n+  a = 2", "next": "steward file write"})
    assert text.rstrip() == "It differs.\n\n-  a = 1\n+  a = 2\n\nnext: steward file write"


def test_observations_of_one_look_name_their_source_once():
    seen = {"source": "systemctl on nas", "at": "2026-03-01T11:59:46Z", "taint": "trusted"}
    evidence = [{**seen, "name": "state", "value": "failed"}, {**seen, "name": "result", "value": "signal"}]
    text = shown("why", {"sentence": "", "explained": [{"finding": {**results.FINDING, "evidence": evidence}}]})
    assert "  seen by systemctl on nas, 14 s ago:\n  - state: failed\n  - result: signal\n" in text


def test_several_findings_are_told_in_short_and_name_where_the_rest_is():
    evidence = [{"name": f"line_{number}", "value": "x", "source": "journal"} for number in range(5)]
    finding = {**results.FINDING, "evidence": evidence}
    explained = {"finding": finding, "plan": results.SHOWN, "next": f"steward plan {finding['id']}"}
    text = shown("why", {"sentence": "2 findings.", "explained": [explained, explained]})
    assert "  - line_2: x\n  - and 2 more: steward why find-0123456789\n" in text
    assert "  Plan: Restart nginx.service on nuc-2\n  next: steward plan find-0123456789" in text
    assert "What changes" not in text
    assert "What changes" in shown("why", {"sentence": "1 finding.", "explained": [explained]})


def test_a_plan_that_may_not_run_is_not_called_no_plan():
    item = {"finding": results.FINDING, "plan": results.SHOWN, "blocked": "nas is watch only"}
    text = shown("why", {"sentence": "", "explained": [item]})
    assert "It may not run: nas is watch only" in text
    assert "No plan" not in text


@pytest.mark.parametrize("name", ["plan", "unit.restart", "approvals.show", "undo"])
def test_a_plan_is_printed_verbatim_with_its_fingerprint_and_code(name):
    text = shown(name, results.CARD)
    assert text.startswith(results.SHOWN.rstrip("\n"))
    assert "Fingerprint  9f1c2b3a\n" in text
    assert "K7QM, pending, expires in 11 h (" in text
    assert text.endswith("next: steward approvals approve K7QM")


def test_a_decision_is_one_line_and_does_not_repeat_the_plan():
    text = shown("approvals.approve", results.STARTED)
    assert text.startswith("K7QM, approved, by owner (step_up)\nrun: run-1")
    assert "systemctl" not in text


def test_the_receipt_tells_what_a_run_waits_for_and_what_to_type():
    waits = [
        {"hold": "buy", "state": "done", "note": "proven: it shows", "answer": None, "ended": None},
        {"hold": "sure", "state": "open", "note": "", "answer": None, "ended": None},
    ]
    text = shown("runs.show", {**results.receipt_in("suspended"), "holds": waits})
    assert "What it waited for\n  ● done  buy\n      proven: it shows\n  ○ open  sure\n" in text
    assert "  next: steward holds ls run-1\n" in text


def test_the_receipt_tells_what_was_asked_allowed_done_and_proven():
    text = shown("runs.show", results.receipt_in("verified"))
    assert text.startswith("Restart nginx.service on nuc-2\n● verified in 38 s")
    for part in (
        "Asked by     uid-1000 via cli",
        "Allowed by   owner (step_up, cli) at 2026-03-01 11:59:00 (60 s ago)",
        "Started      2026-03-01 11:59:00 (60 s ago)",
        "Audit rows   12, 13",
        "● ok  Restart nginx.service on nuc-2  exit 0",
        "      | all good",
        "  ● yes  nginx.service is active (active; before: no, failed)",
        "undo: steward undo run-1",
    ):
        assert part in text


def test_a_long_proof_is_never_cut():
    receipt = results.receipt_in("verified")
    says = "systemd did not have to restart a unit with a rather long name of its own.service"
    receipt["run"]["before"] = receipt["run"]["after"] = [{"probe": {"says": says}, "holds": True, "seen": "0"}]
    assert " ".join(says.split()) in " ".join(shown("runs.show", receipt).split())


def test_a_proof_that_could_not_be_taken_is_not_a_yes():
    receipt = results.receipt_in("unverified")
    receipt["run"]["after"][0] |= {"holds": None, "seen": ""}
    assert "? unknown  nginx.service is active (before: no, failed)" in shown("runs.show", receipt)
    receipt["run"]["after"] = []
    assert "  none was taken after; before: no, failed" in shown("runs.show", receipt)


def test_a_rolled_back_run_is_not_green_and_says_why():
    text = shown("runs.show", results.receipt_in("rolled_back", "nginx.service is not active"))
    assert "▲ rolled back in 38 s" in text
    assert "nginx.service is not active" in text
    assert "undo:" not in text


def test_long_output_shows_its_end_and_says_how_much_is_left_out():
    receipt = results.receipt_in("failed")
    receipt["steps"][0]["output"] = "\n".join(f"line {number}" for number in range(40))
    text = shown("runs.show", receipt)
    assert "(30 more lines before)" in text
    assert "| line 39" in text
    assert "| line 29\n" not in text


def test_a_step_nobody_knows_the_end_of_is_unknown():
    receipt = results.receipt_in("unknown")
    receipt["steps"][0] |= {"outcome": None, "exit_code": None}
    assert "? unknown  Restart nginx.service" in shown("runs.show", receipt)


def test_a_machine_says_how_to_compare_its_key():
    text = shown("machines.add", MACHINE)
    assert "Compare the shown key at the machine's own console" in text
    assert "  ssh-keygen -lf key" in text
    assert text.endswith("next: steward machines confirm nas SHA256:abc")


def test_a_watched_machine_is_asked_for_the_rights_to_look_only():
    text = shown("machines.check", MACHINE)
    assert "  sudoers: 2 lines to look (optional). Print the file:\n    steward machines rights nas" in text
    promoted = {**MACHINE, "machine": {**MACHINE["machine"], "autonomy": "ask"}}
    assert "sudoers: 2 lines to look (optional), 1 line to act." in shown("machines.promote", promoted)


def test_a_machine_that_cannot_be_looked_at_says_why():
    text = shown("machines.check", {**MACHINE, "problem": "nas: the login of steward was refused"})
    assert "■ It cannot be looked at\n  nas: the login of steward was refused" in text


def test_the_rights_are_printed_as_a_file_and_never_wrapped():
    file = "# To look\n" + "line " * 40 + "\n"
    assert shown("machines.rights", {"path": "/etc/sudoers.d/steward", "text": file}) == file.rstrip("\n")


def test_machine_cards_list_what_a_person_must_do():
    text = shown("machines.ls", {"machines": [MACHINE]})
    assert "host key not confirmed" in text
    assert "10.0.0.5" in text


@pytest.mark.parametrize(
    ("name", "result", "says"),
    [
        ("machines.ls", {"machines": []}, "No machines yet."),
        ("approvals.ls", {"approvals": []}, "Nothing waits for you."),
        ("runs.ls", {"runs": []}, "No runs."),
        ("changes.ls", {"changes": []}, "No changes."),
        ("owner.password", {"sentence": "It is set.", "is_first": True}, "It is set."),
        ("resume", {"brake": "none"}, "No brake is on."),
        ("new.command", [], "Nothing."),
    ],
)
def test_an_empty_answer_says_so(name, result, says):
    assert shown(name, result).startswith(says)


def test_the_audit_verdict_comes_first():
    assert shown("audit.verify", {"rows": 9, "problems": [], "checkpoints": 1}).startswith("● the audit chain is whole")
    broken = shown("audit.verify", {"rows": 9, "problems": ["row 3 was edited"], "checkpoints": 1})
    assert broken.startswith("■ the audit chain is broken: 1 problem")
    assert "- row 3 was edited" in broken


def test_policy_gives_every_reason():
    text = shown("policy.explain", {"command": "x", "decision": results.CARD["decision"]})
    assert "Verdict  ○ ask" in text
    assert "it is reversible and no grant covers it" in text


def test_a_command_nobody_wrote_a_view_for_is_readable():
    result = {
        "sentence": "Two secrets.",
        "secrets": [{"name": "smtp", "vault": "age"}, {"name": "db", "vault": "files"}],
        "is_open": True,
        "next": "steward secrets set NAME",
    }
    assert shown("secrets.ls", result) == (
        "Two secrets.\n\nIs open  yes\n\nSecrets\n  NAME  VAULT\n  smtp  age\n  db    files\n\n"
        "next: steward secrets set NAME"
    )


def test_a_machine_tells_what_it_can_carry_and_what_it_is_there_for():
    gpu = {"vendor": "NVIDIA", "id": "10de:2504", "driver": "", "is_usable": False}
    found = {
        "processors": 8,
        "processor": "Ryzen 7",
        "architecture": "x86_64",
        "memory_bytes": 1024**3,
        "storage_bytes": None,
        "gpus": [gpu],
        "roles": [{"role": "storage", "why": "it keeps the array md0"}],
    }
    text = shown("machines.show", {**MACHINE, "capabilities": found})
    assert "Role        storage (it keeps the array md0)" in text
    assert "Ryzen 7 (8 cores x86_64)" in text
    assert "NVIDIA 10de:2504 (no driver, not usable here)" in text
    assert "1.0 GB" in text
    assert "Storage" not in text


def test_machines_that_were_found_are_told_by_source_each_with_the_line_that_adds_it():
    line = "steward machines add nas 10.0.0.2 --user anna --identity-file /a/long/path/that/must/not/be/broken/key"
    found = {"user": "anna", "address": "10.0.0.2", "port": 2222, "proxy_jump": "gate", "where": "hosts:3", "says": ""}
    proposed = {"name": "nas", "line": line, "found": found}
    left_out = [{"what": f"host-{number}", "why": "a forge"} for number in range(14)]
    asked = {
        "source": "ansible",
        "target": "/hosts",
        "problem": "",
        "found": {"proposed": [proposed], "known": ["web"], "left_out": left_out},
    }
    broken = {"source": "docker", "target": "", "problem": "it does not answer", "found": {}}
    text = shown("machines.discover", {"sentence": "1 machine.", "sources": [asked, broken]})
    assert text.startswith("1 machine.\n\nansible /hosts\n")
    assert "nas   anna@10.0.0.2:2222 through gate  hosts:3" in text
    assert f"\n  {line}\n" in text
    assert "In the inventory already: web" in text
    assert "- and 2 others; `--json` has them all" in text
    assert "docker\n  it does not answer" in text


def test_what_is_pasted_or_saved_is_written_as_it_is():
    text = "all:\n  hosts: " + "x" * 200 + "\n"
    for name in ("machines.export", "machines.join"):
        assert shown(name, {"text": text}).rstrip("\n") == text.rstrip("\n")


SERIES = {
    "machine": "nas",
    "fact": "filesystems",
    "name": "/srv used_bytes",
    "unit": "bytes",
    "is_rate": False,
    "now": 12 * 1024**3,
    "low": 10 * 1024**3,
    "mean": 11 * 1024**3,
    "high": 12 * 1024**3,
    "begin": "2026-02-22T12:00:00Z",
    "seen_at": "2026-03-01T11:55:00Z",
    "trend": [None, *range(59)],
    "growth_per_day": 1024**3,
    "full_at": "2026-03-21T12:00:00Z",
    "availability_percent": None,
    "sources": ["attic"],
}


def history(*series, style=STYLE, **more):
    return text_of("history", {"sentence": "1 number.", "series": list(series), **more}, style)


def test_a_number_over_time_shows_its_line_its_extremes_and_where_it_goes():
    text = history(SERIES)
    assert "12.0 GB  10.0 GB  11.0 GB  12.0 GB  +1.0 GB a day, full on 2026-03-21, with numbers of attic" in text
    assert "▁▂▂" in text
    assert text.count("█") >= 7


def test_a_line_of_blocks_takes_the_room_that_is_left():
    for width in (80, 120, 160):
        text = history(SERIES, style=Style(color=False, is_terminal=True, width=width, now=STYLE.now))
        line = text.splitlines()[-1]
        assert len(line) <= width
        assert 8 <= sum(char in "▁▂▃▄▅▆▇█ " for char in line.partition("used_bytes")[2] or line) <= width
        assert "12.0 GB" in line


def test_what_is_not_always_up_is_never_told_as_all():
    up = SERIES | {"unit": "up", "now": 1.0, "growth_per_day": None, "full_at": None, "sources": []}
    assert "up 99.99 % of the time" in history(up | {"availability_percent": 99.9999})
    assert "up 100 % of the time" in history(up | {"availability_percent": 100.0})
    assert "  down  " in history(up | {"now": 0.0, "availability_percent": 0.0})


def test_a_number_that_was_not_seen_lately_says_so():
    assert "seen 2 d ago" in history(SERIES | {"seen_at": "2026-02-27T11:00:00Z"})


def test_rates_and_other_units_carry_them():
    assert "12.0 GB/s" in history(SERIES | {"is_rate": True})
    for unit, told in (("percent", "1.5 %"), ("celsius", "2 °C"), ("seconds", "1.5 s"), ("number", "1.5")):
        assert f"  {told}  " in history(SERIES | {"unit": unit, "now": 1.5})


def test_what_is_left_out_is_told():
    text = history(SERIES, left_out=7, not_kept=["containers a up", "containers b up"])
    assert "7 more: `steward history MACHINE`" in text
    assert "Not kept, for there are too many: containers a up, containers b up" in text
    assert text_of("history", {"sentence": "Nothing.", "series": []}, STYLE).strip() == "Nothing."


def test_an_import_tells_what_came_of_it_and_what_did_not():
    result = {
        "sentence": "1 workflow: 2 parts taken over, 1 not, each told with its line.",
        "files": [{"path": "workflows/nightly.yaml", "source": "n.yaml:1", "is_written": False, "note": ""}],
        "machines": [{"name": "nas", "line": "steward machines add nas 192.0.2.7", "source": "hosts.yaml:2"}],
        "unmapped": [{"file": "n.yaml", "line": 7, "what": "step certs", "why": "skills do not exist here"}],
        "mistakes": [{"file": "g.yaml", "line": 3, "what": "`x` is no id", "next_step": "write it as `y`"}],
        "drawings": [{"name": "site", "nodes": ["a", "b"], "edges": [{"before": "a", "after": "b"}]}],
        "next": "the same with --write puts them into the workspace",
    }
    text = shown("workflow.import", result)
    for part in ("n.yaml:7", "skills do not exist here", "g.yaml:3", "write it as", "  b  after a", "machines add nas"):
        assert part in text
    assert "not written" in text
