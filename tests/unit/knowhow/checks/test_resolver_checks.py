"""Name servers that do not answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import FACTS
from tests.unit.knowhow.snapshots import found_by, recorded


@pytest.mark.parametrize("case", ["debian_12_python", "alpine_3_19_nslookup", "nothing_to_ask_with"])
def test_who_answers_or_was_not_asked_is_no_finding(case: str) -> None:
    assert found_by("silent_resolvers", recorded(resolvers=case)) == {}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("first_silent", {"192.168.1.53": Severity.WARNING}),
        ("ubuntu_24_04_resolved", {"192.168.1.53": Severity.WATCH}),
    ],
)
def test_the_first_matters_more_than_one_of_many(case: str, expected: dict[str, Severity]) -> None:
    found = found_by("silent_resolvers", recorded(resolvers=case))
    assert {name: one.severity for name, one in found.items()} == expected


@pytest.mark.parametrize(("before", "expected"), [(1.0, Severity.WATCH), (0.0, Severity.WARNING)])
def test_who_answered_at_the_look_before_may_be_back_at_the_next(before: float, expected: Severity) -> None:
    seen = recorded(resolvers="first_silent")
    point = Point(at=seen.at - timedelta(minutes=10), low=before, mean=before, high=before)
    past = Past(points={"resolvers": {"192.168.1.53 answers": (point,)}})
    found = found_by("silent_resolvers", replace(seen, past=past))
    assert {name: one.severity for name, one in found.items()} == {"192.168.1.53": expected}


def test_when_none_answers_names_are_down() -> None:
    seen = recorded(resolvers="ubuntu_24_04_resolved")
    known = seen.values["resolvers"].resolvers
    silent = {name: replace(one, answers=one.answers and not one.is_upstream) for name, one in known.items()}
    none = replace(seen, values={"resolvers": replace(seen.values["resolvers"], resolvers=silent)})
    found = found_by("silent_resolvers", none)
    assert {name: one.severity for name, one in found.items()} == {
        "192.168.1.53": Severity.DOWN,
        "192.168.1.1": Severity.DOWN,
    }


@pytest.mark.parametrize(
    ("links", "ports", "is_found"),
    [
        ("container", "alpine_3_19_busybox", True),
        ("container", "debian_12_root", False),
        (None, "alpine_3_19_busybox", False),
    ],
)
def test_an_empty_list_is_down_unless_the_machine_answers_itself(links: str | None, ports: str, is_found: bool) -> None:
    cases = {"resolvers": "empty", "ports": ports, **({"links": links} if links else {})}
    assert list(found_by("silent_resolvers", recorded(**cases))) == (["/etc/resolv.conf"] if is_found else [])


def test_a_machine_without_a_way_out_needs_no_names() -> None:
    seen = recorded(resolvers="empty", ports="alpine_3_19_busybox", links="container")
    alone = replace(seen.values["links"], default_routes=0)
    assert found_by("silent_resolvers", replace(seen, values={**seen.values, "links": alone})) == {}


@pytest.mark.parametrize("case", ["agreeing", "nothing_served"])
def test_names_whose_answers_share_an_address_are_left_alone(case: str) -> None:
    assert found_by("differing_names", recorded(names=case)) == {}


def test_names_that_lead_elsewhere_or_nowhere_are_found() -> None:
    found = found_by("differing_names", recorded(names="differing"))
    assert {name: one.title.partition(", ")[2] for name, one in found.items()} == {
        "wiki.example.org": "which m1 serves, leads elsewhere by the name server that is asked",
        "old.example.org": "which m1 serves, leads to no IPv4 address",
    }
    assert list(found_by("differing_names", recorded(names="half_known"))) == ["nas.lan"]


def test_only_what_all_name_servers_say_counts_as_a_change() -> None:
    traits = FACTS["names"].traits
    assert traits is not None
    assert traits(recorded(names="differing").values["names"]) == {"name old.example.org": "no address"}


def test_names_that_are_found_by_other_means_are_left_alone() -> None:
    seen = recorded(names="nothing_served")
    known = replace(seen.values["names"], answers={"nas.local": {"192.168.1.1": ()}, "nas.lan": {"192.168.1.1": ()}})
    assert list(found_by("differing_names", replace(seen, values={"names": known}))) == ["nas.lan"]
