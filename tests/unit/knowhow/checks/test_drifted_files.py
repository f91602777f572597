"""Drift of kept files: what is told, what is not, and what Steward offers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from steward.knowhow.checks.drifted_files import PLUGIN
from steward.knowhow.facts.kept_files import KeptFile, KeptFiles, Place, Writer
from steward.knowhow.operations.file_write import PLUGIN as WRITE
from steward.knowhow.operations.file_write import WriteFile
from steward.lib.canonical import content_hash
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.resource import Owner
from steward.model.taint import Taint
from steward.model.wanted import Wanted, wanted_file
from tests.unit.knowhow.snapshots import recorded, snapshot
from tests.unit.knowhow.test_file_write_script import order

PATH = "/etc/app.conf"
HELD = "a = 1\nb = 2\n"
USER = recorded(os="fedora_40_user").values["os"]
ROOT = recorded(os="debian_12_root").values["os"]


def there(content: str = "a = 1\nb = 3\n", **changes: Any) -> KeptFile:
    plain = KeptFile(
        place=Place.FILE,
        sha256=content_hash(content.encode()),
        size_bytes=len(content),
        mode="644",
        owner="root:root",
        writer=Writer.ROOT,
        text=content,
    )
    return replace(plain, **changes)


def seen(file: KeptFile, *, held: str = HELD, path: str = PATH, system: Any = USER) -> Snapshot:
    facts = snapshot(kept_files=KeptFiles(files={path: file}, unread={}), os=system)
    return replace(facts, wanted=Wanted(files={path: wanted_file(held)}))


def write(facts: Snapshot, path: str = PATH) -> Any:
    return WRITE.build(WriteFile(machine="m1", path=path), facts)


def test_a_file_as_kept_is_no_finding() -> None:
    assert PLUGIN.run(seen(there(HELD))) == ()


def test_another_content_is_a_warning_that_belongs_to_git_with_two_ways_out() -> None:
    (found,) = PLUGIN.run(seen(there()))
    assert (found.severity, found.resource.owner, found.fix) == (Severity.WARNING, Owner.GIT, "put_back_file")
    lines = [each for each in found.evidence if each.name == "line"]
    assert [each.value for each in lines] == ["-b = 2", "+b = 3"]
    assert {each.taint for each in lines} == {Taint.OUTSIDE}
    assert found.alternatives[0].startswith(f"`steward files adopt m1 {PATH}`")


def test_many_and_long_lines_are_cut() -> None:
    (found,) = PLUGIN.run(seen(there("".join(f"{number}{'x' * 500}\n" for number in range(100)))))
    lines = [str(each.value) for each in found.evidence if each.name == "line"]
    assert len(lines) == 8
    assert max(map(len, lines)) == 160
    assert any(each.name == "more" for each in found.evidence)


def test_a_missing_newline_is_a_difference_that_is_told() -> None:
    (found,) = PLUGIN.run(seen(there(HELD.removesuffix("\n"))))
    assert any("no newline" in str(each.value) for each in found.evidence)
    assert any("no newline" in effect for effect in write(seen(there(HELD.removesuffix("\n")))).effects)


def test_hidden_signs_of_a_line_are_shown() -> None:
    (found,) = PLUGIN.run(seen(there("a = 1\nb = \u202e2\x1b[31m\n")))
    assert any("\\u{202e}" in str(each.value) and "\\u{1b}" in str(each.value) for each in found.evidence)


@pytest.mark.parametrize(
    ("file", "severity", "told"),
    [
        (KeptFile(place=Place.ABSENT, writer=Writer.ROOT), Severity.WARNING, "is gone"),
        (KeptFile(place=Place.LINK), Severity.WARNING, "is a link"),
        (KeptFile(place=Place.OTHER), Severity.WARNING, "is no ordinary file"),
        (KeptFile(place=Place.UNREADABLE), Severity.UNKNOWN, "cannot be read"),
    ],
)
def test_what_else_is_in_its_place_is_told(file: KeptFile, severity: Severity, told: str) -> None:
    (found,) = PLUGIN.run(seen(file))
    assert found.severity is severity
    assert told in found.title
    assert (found.fix is not None) is (file.place is Place.ABSENT)


def test_what_could_not_be_told_is_unknown_and_never_well() -> None:
    facts = seen(there(HELD))
    unread = replace(facts, values={**facts.values, "kept_files": KeptFiles(files={}, unread={PATH: "no answer"})})
    (found,) = PLUGIN.run(unread)
    assert (found.severity, found.fix) == (Severity.UNKNOWN, None)
    (found,) = PLUGIN.run(replace(facts, wanted=Wanted(unusable={PATH: "this is not UTF-8 text"})))
    assert found.severity is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("facts", "path", "why"),
    [
        (seen(there(text=None, hidden="it holds what looks like a secret in line 3")), PATH, "secret in line 3"),
        (seen(there(mode="4755")), PATH, "rights of its owner"),
        (seen(there("# Ansible managed\n")), PATH, "Ansible"),
        (seen(there(), held="# Ansible managed\n"), PATH, "Ansible"),
        (seen(there(writer=Writer.NOBODY)), PATH, "another user"),
        (seen(there(), path="/etc/ssh/sshd_config"), "/etc/ssh/sshd_config", "way in"),
        (seen(there(), path="/etc/cron.d/x"), "/etc/cron.d/x", "right to everything"),
        (seen(there(), path="/srv/a b"), "/srv/a b", "sudoers"),
        (seen(KeptFile(place=Place.LINK)), PATH, "a link"),
    ],
)
def test_what_cannot_be_put_back_says_why_has_no_fix_and_is_refused(facts: Snapshot, path: str, why: str) -> None:
    (found,) = PLUGIN.run(facts)
    assert found.fix is None
    assert why in found.if_nothing
    with pytest.raises(InvalidInput, match=why):
        write(facts, path)


@pytest.mark.parametrize("path", ["/etc/cron.d/x", "/srv/a b"])
def test_root_needs_no_line_of_sudoers(path: str) -> None:
    (found,) = PLUGIN.run(seen(there(), path=path, system=ROOT))
    assert found.fix == "put_back_file"
    assert write(seen(there(), path=path, system=ROOT), path).action.argv[-1] == path


def test_the_write_is_bound_to_what_was_seen_and_what_is_wanted() -> None:
    file, made = there(), write(seen(there()))
    assert made.action.stdin == order(file.sha256, wanted_file(HELD).sha256, HELD)
    assert made.action.needs_root
    assert made.undo.actions[0].stdin == order(wanted_file(HELD).sha256, file.sha256, file.text or "")
    assert [probe.expected for probe in (*made.preconditions, *made.verify, *made.undo.verify)] == [
        file.sha256,
        wanted_file(HELD).sha256,
        file.sha256,
    ]
    assert "| +b = 2" in made.effects
    assert made.resource.owner is Owner.GIT


def test_the_finding_and_the_write_are_about_the_same_resource() -> None:
    (found,) = PLUGIN.run(seen(there()))
    assert write(seen(there())).resource == found.resource


def test_a_long_diff_is_cut_and_says_where_the_rest_is() -> None:
    made = write(seen(there("".join(f"{number}\n" for number in range(1_000)))))
    assert len(made.effects) < 210
    assert "steward files diff m1 /etc/app.conf" in made.effects[-1]


def test_what_is_not_kept_is_not_written() -> None:
    with pytest.raises(InvalidInput, match="not kept"):
        write(seen(there()), "/etc/app.con")
    with pytest.raises(InvalidInput, match="as git holds it"):
        write(seen(there(HELD)))


def test_lines_for_sudo_name_exactly_the_kept_files_that_only_root_may_write() -> None:
    files = {
        "/etc/app.conf": there(),
        "/etc/mine.conf": there(writer=Writer.STEWARD),
        "/home/ada/x": there(writer=Writer.NOBODY),
        "/etc/cron.d/x": there(),
        "/etc/ssh/sshd_config": there(),
        "/etc/odd,name": there(),
    }
    facts = snapshot(kept_files=KeptFiles(files={**files, "/etc/not-kept": there()}, unread={}), os=USER)
    assert WRITE.rights is not None
    lines = WRITE.rights(replace(facts, wanted=Wanted(files=dict.fromkeys(files, wanted_file(HELD)))))
    assert [line.rpartition(" ")[2] for line in lines] == ["/etc/app.conf", "/etc/app.conf"]
    assert WRITE.rights(snapshot()) == ()
