"""One sentence answers the four questions, and never says good of what cannot be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from steward.engines.health.telling import Told, answer_of, brief, news_of, tone_of
from steward.engines.health.wrong import grouped
from steward.model.brake import Brake
from steward.model.difference import Difference
from steward.model.finding import Severity
from steward.model.ids import FindingId, MachineId
from steward.store.findings import FindingLine

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FINE = Told(
    now=NOW,
    brake=Brake.NONE,
    unseen=(),
    wrong=(),
    machines=2,
    services_up=31,
    services_down=0,
    waiting=0,
    changed=(),
)
NAMES = {MachineId("m1"): "nas", MachineId("m2"): "box"}


def line(name: str, *, machine: str = "m1", check: str = "units", severity: Severity = Severity.DOWN) -> FindingLine:
    """Return a finding."""
    return FindingLine(
        id=FindingId(f"find-{name}-{machine}"),
        machine=MachineId(machine),
        check=check,
        title=f"{name} has failed",
        severity=severity,
        resource=f"unit {name}",
        if_nothing="it stays so",
        is_curable=True,
        since=NOW - timedelta(hours=1),
    )


def change(subject: str, before: str, after: str) -> Difference:
    """Return something that changed."""
    return Difference(
        machine=MachineId("m1"), fact="containers", subject=subject, before=before, after=after, since=NOW, at=NOW
    )


def test_all_well_is_told_with_numbers():
    told = replace(FINE, waiting=1)
    assert (answer_of(told), tone_of(told)) == ("All 31 services OK. 1 thing waits for you.", "ok")
    assert news_of(FINE) == "Nothing changed since yesterday."


def test_what_cannot_be_seen_comes_first_and_is_never_good():
    told = replace(FINE, unseen=(("nas", NOW - timedelta(hours=9, minutes=50)),))
    assert answer_of(told) == "I cannot see nas since 02:10."
    assert tone_of(told) == "unknown"
    assert tone_of(replace(told, wrong=(line("web"),))) == "unknown"


def test_the_worst_is_named_and_the_rest_is_counted():
    told = replace(FINE, wrong=(line("web"), line("db"), line("mail", severity=Severity.WARNING)))
    assert answer_of(told) == "web has failed and 2 more, 2 of them urgent."
    assert tone_of(told) == "down"


def test_a_service_that_is_down_is_not_called_ok():
    told = replace(FINE, services_down=2)
    assert answer_of(told) == "2 of 33 services are down."
    assert tone_of(told) == "down"


def test_without_machines_nothing_is_claimed():
    told = replace(FINE, machines=0)
    assert (answer_of(told), news_of(told), tone_of(told)) == ("Nothing is looked after yet.", "", "unknown")


def test_changes_are_told_by_version_once_each_and_not_all():
    image = change("container immich: image", "ghcr.io/immich:2.4.1 aa", "ghcr.io/immich:2.5.0 bb")
    others = [change(f"unit {name}", "", "there") for name in ("a", "b", "c")]
    told = replace(FINE, changed=[("nas", each) for each in (image, image, *others)])
    assert news_of(told) == "Changed since yesterday: immich 2.4.1 → 2.5.0, nas unit a, nas unit b and 1 more."


def test_a_name_from_a_machine_cannot_make_the_sentence_endless():
    assert len(brief("nas", change("x" * 500, "", "there"))) <= 60


def test_the_same_trouble_on_many_machines_is_one_group():
    found = [line("web"), line("web", machine="m2"), line("disk", check="full", severity=Severity.WARNING)]
    groups = grouped(found, NAMES)
    assert [(group.check, group.count, group.machine_count) for group in groups] == [("units", 2, 2), ("full", 1, 1)]
    assert [one.machine for one in groups[0].findings] == ["nas", "box"]


def test_what_is_down_stands_before_what_touches_more_machines():
    found = [
        line("a", check="many", severity=Severity.WATCH),
        line("a", check="many", severity=Severity.WATCH, machine="m2"),
        line("b", check="one"),
    ]
    assert [group.check for group in grouped(found, NAMES)] == ["one", "many"]
