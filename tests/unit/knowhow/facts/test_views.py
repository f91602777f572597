"""What is asked from outside follows from what is known, is never more than is allowed, and any answer is a fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.knowhow.facts.images import EngineImages, Image, Images
from steward.knowhow.facts.ports import Listener, Ports
from steward.lib.codec import encode
from steward.model.fact import FactUnavailable, Snapshot
from steward.model.machine import Machine, Transport
from steward.model.outside import NO_RULES, OutsideRules, WatchedName, is_allowed
from steward.model.question import (
    CertificateAnswer,
    Hello,
    NameAnswer,
    NameQuestion,
    PortAnswer,
    PortQuestion,
    Question,
    TagsAnswer,
    TagsQuestion,
)
from tests.unit.knowhow.plugins import FACTS
from tests.unit.knowhow.snapshots import MACHINE, NOW, container, containers, recorded

VIEWS = {name: fact for name, fact in FACTS.items() if fact.view}
NAS = replace(MACHINE, name="nas", address="192.168.7.5")
PRINTER = replace(NAS, name="printer", transport=Transport.NONE)
CLOUD = WatchedName(name="cloud.example.net", machine="nas", inside="192.168.7.2", outside="203.0.113.9")
RULES = OutsideRules(names=(CLOUD,), registries=("docker.io",))


def asked(fact: str, machine: Machine = NAS, rules: OutsideRules = NO_RULES, **facts: Any) -> tuple[Question, ...]:
    view = FACTS[fact].view
    assert view is not None
    return view.questions(Snapshot(machine=machine, at=NOW, values=facts), rules)


def listening(*places: tuple[int, str]) -> Ports:
    found = [
        Listener(protocol="tcp", port=port, address=address, device="", unit="", program="") for port, address in places
    ]
    return Ports(listeners={f"{one.name} {one.address}": one for one in found})


def test_ports_that_listen_for_all_are_tried_the_known_ones_first_and_steward_s_own_way_in_never() -> None:
    ports = listening((22, "0.0.0.0"), (80, "*"), (6379, "::"), (5432, "127.0.0.1"), (40_000, "*"))
    assert asked("outside_ports", ports=ports) == (
        PortQuestion(host="192.168.7.5", port=6379, hello=Hello.REDIS),
        PortQuestion(host="192.168.7.5", port=80),
    )


def test_ports_that_containers_publish_are_tried_too() -> None:
    web = container(ports=(replace(container().ports[0], port=8443, address="0.0.0.0"),))
    off = container(name="off", state="exited", ports=(replace(container().ports[0], port=9443, address="0.0.0.0"),))
    found = asked("outside_ports", ports=listening(), containers=containers(web, off))
    assert found == (PortQuestion(host="192.168.7.5", port=8443),)


@pytest.mark.parametrize("fact", ["outside_ports", "outside_certificates"])
def test_of_a_machine_that_tells_nothing_only_usual_ports_are_tried(fact: str) -> None:
    found = asked(fact, PRINTER)
    assert 443 in {one.port for one in found}
    assert len(found) <= 40
    assert asked(fact) == (), "a machine that could tell, and did not yet, is not tried blindly"


@pytest.mark.parametrize("fact", ["outside_ports", "outside_certificates"])
def test_a_box_does_not_try_itself(fact: str) -> None:
    everything = listening((443, "*"), (6379, "*"))
    assert asked(fact, replace(NAS, address="127.0.0.1"), ports=everything) == ()
    assert asked(fact, replace(NAS, transport=Transport.LOCAL), ports=everything) == ()


def test_certificates_are_asked_for_by_the_names_the_machine_serves_and_the_owner_watches() -> None:
    seen = recorded(certificates="renewed_and_not_loaded").values["certificates"]
    found = asked("outside_certificates", rules=RULES, certificates=seen)
    keys = [f"{one.server_name}:{one.port}".removeprefix(":") for one in found]
    assert keys == ["cloud.example.net:443", *sorted(seen.served)]


def test_without_openssl_on_the_machine_the_usual_ports_that_listen_are_asked() -> None:
    found = asked("outside_certificates", ports=listening((8443, "*"), (443, "127.0.0.1"), (80, "*")))
    assert [one.port for one in found] == [8443]


def test_names_are_asked_of_both_servers_for_their_own_machine_only() -> None:
    assert asked("outside_names", rules=RULES) == (
        NameQuestion(name="cloud.example.net", server="192.168.7.2"),
        NameQuestion(name="cloud.example.net", server="203.0.113.9"),
    )
    assert asked("outside_names", PRINTER, RULES) == ()


def images(*digests: str) -> Images:
    one = Image(id="1" * 64, engine="docker", tags=("caddy:2",), digests=digests, created_at=None, size_bytes=1)
    engine = EngineImages(program="/usr/bin/docker", needs_root=True, nameless="")
    return Images(images={one.id: one}, engines={"docker": engine}, unread="")


def test_registries_are_asked_only_where_the_owner_allows_and_for_what_was_pulled() -> None:
    used, pulled = containers(container()), images("caddy@sha256:" + "2" * 64)
    question = TagsQuestion(registry="docker.io", repository="library/caddy", tag="2")
    assert asked("image_tags", rules=RULES, containers=used, images=pulled) == (question,)
    assert asked("image_tags", rules=RULES, containers=used, images=images()) == (), "it was built here"
    assert asked("image_tags", containers=used, images=pulled) == ()
    assert asked("image_tags", rules=replace(RULES, registries=("ghcr.io",)), containers=used, images=pulled) == ()


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("machine", [NAS, PRINTER, replace(NAS, transport=Transport.LOCAL, address="")])
def test_what_is_asked_is_allowed(name: str, machine: Machine) -> None:
    seen = recorded(ports="debian_12_root", certificates="renewed_and_not_loaded").values
    found = asked(name, machine, RULES, containers=containers(container()), images=images("a@sha256:1"), **seen)
    assert all(is_allowed(one, machine, RULES) for one in found)


@pytest.mark.parametrize("name", VIEWS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_answer_is_a_fact_that_json_can_hold_or_unavailable(name: str, data: st.DataObject) -> None:
    kinds = st.one_of(*(st.from_type(kind) for kind in (PortAnswer, CertificateAnswer, NameAnswer, TagsAnswer)))
    view = VIEWS[name].view
    assert view is not None
    try:
        value = view.conclude(data.draw(st.lists(kinds, max_size=6)), RULES)
    except FactUnavailable:
        return
    encode(value)


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_learned_from_outside_is_never_read_from_outputs(name: str) -> None:
    with pytest.raises(FactUnavailable, match="from outside"):
        VIEWS[name].parse({})
    assert VIEWS[name].readings == ()
    assert VIEWS[name].pause, "who is asked over the network is asked seldom"
