"""Plans as a fix would make them, drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from steward.model.approval import bound
from steward.model.command import Command
from steward.model.plan import (
    BlastRadius,
    EnvironmentValue,
    Plan,
    PlannedAction,
    PlannedFile,
    PlannedUndo,
    PlanStep,
    Requester,
    Target,
)
from steward.model.principal import PrincipalKind
from steward.model.probe import Comparison, Probe, ProbeKind
from steward.model.resource import Owner, Resource, ResourceKind
from steward.model.risk import Risk
from steward.model.secret import SecretRef
from steward.model.taint import DataClass, Taint

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=10)
COUNTS = st.integers(0, 2**40)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
MACHINES = ("mch-1", "mch-2")
_INPUTS = st.dictionaries(TEXTS, st.one_of(st.none(), st.booleans(), COUNTS, TEXTS), min_size=1, max_size=3)

probes = st.builds(
    Probe,
    machine=st.sampled_from(MACHINES),
    says=TEXTS,
    kind=st.sampled_from(ProbeKind),
    fact=TEXTS,
    path=st.tuples(TEXTS),
    port=COUNTS,
    comparison=st.sampled_from(Comparison),
    expected=st.one_of(st.none(), st.booleans(), COUNTS, TEXTS),
    within_seconds=COUNTS,
    hold_seconds=COUNTS,
)
files = st.builds(PlannedFile, destination=TEXTS, mode=TEXTS, owner=TEXTS, content_hash=TEXTS)
variables = st.one_of(
    st.builds(EnvironmentValue, name=TEXTS, value=TEXTS),
    st.builds(EnvironmentValue, name=TEXTS, secret=st.builds(SecretRef, name=TEXTS, version=TEXTS)),
)
actions = st.builds(
    PlannedAction,
    key=TEXTS,
    argv=st.lists(WORDS, min_size=1, max_size=4).map(tuple),
    cwd=TEXTS,
    user=TEXTS,
    environment=st.tuples(variables),
    stdin_hash=TEXTS,
    files=st.tuples(files),
    timeout_seconds=COUNTS,
    output_limit=COUNTS,
)
undos = st.builds(
    PlannedUndo, says=TEXTS, is_possible=st.booleans(), actions=st.tuples(actions), verify=st.tuples(probes)
)
resources = st.builds(
    Resource,
    id=TEXTS,
    kind=st.sampled_from(ResourceKind),
    name=TEXTS,
    machine=TEXTS,
    owner=st.sampled_from(Owner),
    data_class=st.sampled_from(DataClass),
)
steps = st.builds(
    PlanStep,
    id=TEXTS,
    command=st.builds(Command, name=TEXTS, input=_INPUTS),
    machine=st.sampled_from(MACHINES),
    resource=resources,
    says=TEXTS,
    action=actions,
    effects=st.tuples(TEXTS),
    preconditions=st.tuples(probes),
    verify=st.tuples(probes),
    undo=undos,
    risk=st.sampled_from(Risk),
    needs=st.tuples(TEXTS),
    downtime_seconds=COUNTS,
    bytes_touched=COUNTS,
)
targets = st.tuples(
    *(st.builds(Target, machine=st.just(m), name=TEXTS, address=TEXTS, user=TEXTS, host_key=TEXTS) for m in MACHINES)
)
plans = st.builds(
    Plan,
    id=TEXTS,
    requester=st.builds(Requester, id=TEXTS, kind=st.sampled_from(PrincipalKind), channel=TEXTS),
    title=TEXTS,
    goal=TEXTS,
    finding=st.one_of(st.none(), TEXTS),
    taint=st.sampled_from(Taint),
    risk=st.sampled_from(Risk),
    policy_version=TEXTS,
    steps=st.lists(steps, min_size=1, max_size=2).map(tuple),
    targets=targets,
    if_nothing=TEXTS,
    created=MOMENTS,
    not_before=MOMENTS,
    expires=MOMENTS,
    blast=st.builds(BlastRadius, machines=COUNTS, services=COUNTS, bytes=COUNTS),
    shown_hash=TEXTS,
    undoes=st.one_of(st.none(), TEXTS),
    max_uses=st.integers(1, 9),
    schema=TEXTS,
)

Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """Give the path of every leaf of a JSON value."""
    if isinstance(value, dict) and value:
        for key in value:
            yield from leaves(value[key], (*at, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*at, index))
    else:
        yield at


def flipped(value: Any, path: Path) -> Any:
    """Return the JSON with one leaf changed, as little as it can be."""
    if not path:
        return _another(value)
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = flipped(value[path[0]], path[1:])
    return copy


def _another(leaf: Any) -> Any:
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    if isinstance(leaf, str):
        return leaf[:-1] + chr(ord(leaf[-1]) ^ 1) if leaf and leaf[-1] not in "\ud7ff\ue000" else leaf + "x"
    return "x" if leaf is None else [None]


def json_of(plan: Plan) -> Any:
    return bound(plan)
