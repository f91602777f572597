"""Whatever a source gives, its reader gives machines or leaves it out, and stays within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.app.plugins import load_sources
from steward.lib.codec import encode
from steward.model.discovery import MOST_FOUND, Gathered, Reach

SOURCES, DISCOVERERS = load_sources()
NAMES = {"proxmox": ("status", "resources"), "range": ("greetings",), "mdns": ("records",), "libvirt": ("guests",)}
KEYS = "Name Endpoints docker Host data type vmid name node clusters cluster server all hosts"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=12,
)
LINES = (
    *("PTR\t10.0.0.1\t0\t_ssh._tcp.local\t", "SRV\t\tx\t\t", "A\t1\t2\t3\t4", "=== guest ", "\n=== addresses\n"),
    *("<domain>", "\n", "[all:vars]\n", "[x:children]\n", "a[1:9999999] b=c", "Host a\n", "Include a\n"),
    *("10.0.0.1 SSH-2.0-x\n", "[", "{{", "!vault"),
)
PIECES = st.sampled_from(LINES)
TEXTS = st.one_of(st.text(max_size=200), VALUES.map(json.dumps), st.lists(PIECES | st.text(max_size=10)).map("".join))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@settings(max_examples=80, deadline=None)
@given(texts=st.lists(TEXTS, min_size=2, max_size=2))
def test_any_text_gives_machines_or_is_left_out(source, texts):
    names = NAMES.get(source.name, ("a", "host_vars/a", "b.yml"))
    found = source.parse(Gathered(texts=dict(zip(names, texts, strict=False)), stands_for={"a": ("a",)}))
    encode(found)
    assert len(found.machines) <= MOST_FOUND


def test_every_source_has_an_adapter_that_asks_it_or_commands_that_do():
    asked = {source.name for source in SOURCES if source.reach is not Reach.MACHINE}
    assert asked == {plugin.name for plugin in DISCOVERERS}
    assert all(source.readings for source in SOURCES if source.reach is Reach.MACHINE)


def test_only_what_lies_on_this_box_is_asked_when_nobody_names_a_source():
    assert all(source.reach is Reach.LOCAL for source in SOURCES if source.is_asked_first)


def test_a_long_inventory_is_cut_at_the_most_machines():
    sources = {source.name: source for source in SOURCES}
    lines = "\n".join(f"h{number}" for number in range(MOST_FOUND + 50))
    assert len(sources["ansible"].parse(Gathered(texts={"hosts": f"[all]\n{lines}\n"})).machines) == MOST_FOUND
