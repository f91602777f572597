"""An edit by hand can only make things stricter until the owner accepts it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.accepted import (
    machine_in_force,
    machine_loosened,
    machine_tightened,
    rules_in_force,
    rules_loosened,
)
from steward.model.ids import MachineId
from steward.model.machine import Autonomy, Machine, Transport
from steward.model.policy import Condition, Limits, Rule, Rules, Verdict
from steward.model.risk import Risk, Strength

KEY, OTHER = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43
NAS = Machine(
    id=MachineId("m-1"),
    name="nas",
    address="nas.lan",
    user="steward",
    host_key=KEY,
    autonomy=Autonomy.ASK,
    groups=("storage",),
)
AUTONOMIES = tuple(Autonomy)
CLASSES = (Risk.REVERSIBLE, Risk.RISKY, Risk.DESTRUCTIVE)

machines = st.builds(
    replace,
    st.just(NAS),
    name=st.sampled_from(["nas", "other"]),
    transport=st.sampled_from(Transport),
    user=st.sampled_from(["steward", "root"]),
    host_key=st.sampled_from(["", KEY, OTHER]),
    autonomy=st.sampled_from(Autonomy),
    quarantined=st.sampled_from(["", "its key changed", "by hand"]),
    groups=st.sampled_from([(), ("storage",), ("storage", "prod"), ("prod",)]),
)
rule_lists = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from(["a", "b"]),
        when=st.builds(Condition, command=st.sampled_from(["", "unit.*"]), machine=st.sampled_from(["", "nas"])),
        then=st.sampled_from(Verdict),
    ),
    max_size=3,
).map(tuple)
policies = st.builds(
    Rules,
    version=st.just("v"),
    rules=rule_lists,
    approvers=st.none() | st.dictionaries(st.sampled_from(CLASSES), st.sampled_from(Strength)),
    limits=st.builds(Limits, mutations_per_day=st.integers(1, 100)),
)


@given(written=machines, accepted=machines | st.none())
def test_no_text_gives_more_than_its_owner_accepted(written: Machine, accepted: Machine | None):
    used = machine_in_force(written, accepted)
    most = accepted or replace(written, host_key="", autonomy=Autonomy.WATCH, quarantined="")
    assert used.host_key in {"", most.host_key}
    assert AUTONOMIES.index(used.autonomy) <= AUTONOMIES.index(most.autonomy)
    assert used.quarantined or not (most.quarantined or written.quarantined)
    if used.autonomy is not Autonomy.WATCH:
        assert (used.name, used.transport, used.user) == (most.name, most.transport, most.user)
        assert set(most.groups) <= set(used.groups)


@given(written=machines, accepted=machines)
def test_what_tightens_is_in_force_at_once(written: Machine, accepted: Machine):
    used = machine_in_force(written, accepted)
    assert AUTONOMIES.index(used.autonomy) <= AUTONOMIES.index(written.autonomy)
    assert used.quarantined or not written.quarantined
    assert written.host_key or not used.host_key


@given(written=machines, accepted=machines)
def test_what_was_tightened_and_written_down_stays_so_when_the_text_is_put_back(written: Machine, accepted: Machine):
    stricter = machine_tightened(written, accepted)
    back = machine_in_force(accepted, stricter)
    used = machine_in_force(written, accepted)
    if not machine_loosened(written, accepted):
        assert (back.host_key, back.autonomy) in {(used.host_key, used.autonomy), (used.host_key, Autonomy.WATCH)}
        assert bool(back.quarantined) == bool(used.quarantined)
    assert AUTONOMIES.index(stricter.autonomy) <= AUTONOMIES.index(accepted.autonomy)


@given(written=machines, accepted=machines | st.none())
def test_every_difference_between_text_and_use_is_told_with_what_accepts_it(written: Machine, accepted: Machine | None):
    used = machine_in_force(written, accepted)
    differs = (used.host_key, used.autonomy, bool(used.quarantined)) != (
        written.host_key,
        written.autonomy,
        bool(written.quarantined),
    )
    told = machine_loosened(written, accepted)
    assert bool(told) == differs
    assert all(step.startswith(f"steward machines {verb} {written.name}") for (_, step), verb in _verbs(told))


def _verbs(told: tuple[tuple[str, str], ...]):
    return [(edit, "promote" if "promoted" in edit[0] else "confirm") for edit in told]


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        ({"autonomy": Autonomy.GRANTED}, "nas would be promoted to granted"),
        ({"host_key": OTHER}, f"the host key {OTHER} would be pinned for nas"),
        ({"user": "root"}, "nas would be promoted to ask although its user is now `root`, was `steward`"),
        ({"transport": Transport.LOCAL}, "although its transport is now `local`"),
        ({"groups": ()}, "although it has left the group `storage`"),
    ],
)
def test_a_loosening_edit_is_told_in_words(edit: dict[str, object], what: str):
    ((told, _),) = machine_loosened(replace(NAS, **edit), NAS)
    assert what in told


def test_a_machine_nobody_confirmed_is_watched_and_never_connected_to():
    used = machine_in_force(replace(NAS, autonomy=Autonomy.GRANTED), None)
    assert (used.host_key, used.autonomy) == ("", Autonomy.WATCH)


@given(written=policies, accepted=policies)
def test_rules_in_force_are_at_least_as_strict_as_both(written: Rules, accepted: Rules):
    used = rules_in_force(written, accepted)
    assert rules_loosened(used, accepted) == ()
    assert rules_loosened(used, written) == ()
    if not rules_loosened(written, accepted):
        assert used is written
    else:
        assert used.version not in {written.version, accepted.version}


def test_what_a_policy_edit_would_loosen_is_told_in_words():
    rule = Rule(name="no shell", when=Condition(command="shell.run"), then=Verdict.DENY)
    accepted = Rules(version="a", rules=(rule,), approvers={Risk.RISKY: Strength.PASSKEY})
    written = Rules(version="b", limits=Limits(mutations_per_day=accepted.limits.mutations_per_day + 1))
    told = rules_loosened(written, accepted)
    assert told[0] == "the rule `no shell` would be gone"
    assert "`step_up` would do to approve what is risky, was `passkey`" in told
    assert any(line.startswith("the limit mutations_per_day would be") for line in told)


def test_a_rule_that_got_harder_or_another_name_loosens_nothing():
    rule = Rule(name="old", when=Condition(command="unit.*"), then=Verdict.ASK)
    harder = replace(rule, name="new", then=Verdict.DENY)
    assert rules_loosened(Rules(version="b", rules=(harder,)), Rules(version="a", rules=(rule,))) == ()
    assert rules_loosened(Rules(version="a", rules=(rule,)), Rules(version="b", rules=(harder,)))
