"""Whether a unit starts by itself, and forgetting that one has failed."""

import pytest

from steward.model.errors import InvalidInput
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import snapshot, unit, units
from tests.unit.knowhow.test_plugins import allows, blueprint


@pytest.mark.parametrize(
    ("verb", "before", "other", "after"),
    [("enable", "disabled", "disable", "enabled"), ("disable", "enabled", "enable", "disabled")],
)
def test_enabling_is_undone_by_disabling_and_the_other_way_round(
    verb: str, before: str, other: str, after: str
) -> None:
    seen = snapshot(units=units(unit("fstrim.timer", file_state=before)))
    made = blueprint(f"unit.{verb}", {"unit": "fstrim.timer"}, seen)
    assert made.action.argv == ("/usr/bin/systemctl", verb, "fstrim.timer")
    assert made.undo.actions[0].argv == ("/usr/bin/systemctl", other, "fstrim.timer")
    assert [probe.expected for probe in (*made.preconditions, *made.verify, *made.undo.verify)] == [
        before,
        after,
        before,
    ]


@pytest.mark.parametrize(("verb", "state"), [("enable", "enabled"), ("enable", "static"), ("disable", "masked")])
def test_a_unit_that_stands_otherwise_is_refused(verb: str, state: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be changed so"):
        blueprint(f"unit.{verb}", {"unit": "x.service"}, snapshot(units=units(unit("x.service", file_state=state))))


@pytest.mark.parametrize("verb", ["enable", "disable", "reset_failed"])
def test_a_protected_unit_stays_as_it_is(verb: str) -> None:
    seen = snapshot(units=units(unit("ssh.service", active_state="failed", file_state="disabled")))
    with pytest.raises(InvalidInput, match="cannot be changed by this command"):
        blueprint(f"unit.{verb}", {"unit": "ssh.service"}, seen)


@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("unit.enable", "enable fstrim.timer", True),
        ("unit.enable", "disable fstrim.timer", True),
        ("unit.enable", "enable --now fstrim.timer", False),
        ("unit.enable", "enable ssh.service", False),
        ("unit.disable", "disable systemd-journald.service", False),
        ("unit.reset_failed", "reset-failed backup.service", True),
        ("unit.reset_failed", "reset-failed", False),
    ],
)
def test_the_machine_itself_allows_no_more(name: str, arguments: str, allowed: bool) -> None:
    assert allows(OPERATIONS[name].sudoers, ("/usr/bin/systemctl", *arguments.split(" "))) is allowed


def test_only_a_failed_unit_is_forgotten() -> None:
    made = blueprint(
        "unit.reset_failed", {"unit": "x.mount"}, snapshot(units=units(unit("x.mount", active_state="failed")))
    )
    assert made.action.argv == ("/usr/bin/systemctl", "reset-failed", "x.mount")
    assert [probe.expected for probe in made.verify] == ["failed"]
    with pytest.raises(InvalidInput, match="has not failed"):
        blueprint("unit.reset_failed", {"unit": "x.mount"}, snapshot(units=units(unit("x.mount"))))
