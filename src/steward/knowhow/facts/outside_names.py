"""Names the owner watches, as they are answered inside the lab and outside of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from steward.lib.record import record
from steward.model.fact import Fact, FactUnavailable, Snapshot, View
from steward.model.outside import OutsideRules, WatchedName
from steward.model.question import Answer, NameAnswer, NameQuestion, Question


@record
class OutsideName:
    """What two name servers say of one name."""

    expect: str
    """What the owner expects: `both`, `same` or `inside`."""
    inside: tuple[str, ...] | None
    """Addresses by the lab's own name server; None when it gave no answer."""
    outside: tuple[str, ...] | None
    """Addresses by a name server of the internet; None when it gave no answer."""
    problem: str
    """Why an answer is missing."""


@record
class OutsideNames:
    """The names that lead to this machine."""

    names: dict[str, OutsideName]
    """By name."""


def questions(snapshot: Snapshot, rules: OutsideRules) -> tuple[Question, ...]:
    """Ask both name servers for each name of this machine."""
    return tuple(
        NameQuestion(name=one.name, server=server)
        for one in rules.of_machine(snapshot.machine)
        for server in (one.inside, one.outside)
    )


def conclude(answers: Sequence[Answer], rules: OutsideRules) -> OutsideNames:
    """Put the two answers for each name side by side; a name with only one of them was not asked of both.

    Raises:
        FactUnavailable: no name server gave any answer, which is no news of any name.
    """
    told = {(one.question.name, one.question.server): one for one in answers if isinstance(one, NameAnswer)}
    found: dict[str, OutsideName] = {}
    for one in rules.names:
        inside, outside = told.get((one.name, one.inside)), told.get((one.name, one.outside))
        if inside is not None and outside is not None:
            found[one.name] = _name(one, inside, outside)
    if found and all(one.inside is None and one.outside is None for one in found.values()):
        msg = f"no name server answers Steward's box; {next(iter(found.values())).problem}"
        raise FactUnavailable(msg[:300])
    return OutsideNames(names=found)


def _name(one: WatchedName, inside: NameAnswer, outside: NameAnswer) -> OutsideName:
    problems = [f"{server}: {answer.problem}" for server, answer in _by_server(one, inside, outside) if answer.problem]
    return OutsideName(
        expect=one.expect.value,
        inside=inside.addresses,
        outside=outside.addresses,
        problem="; ".join(problems)[:300],
    )


def _by_server(one: WatchedName, inside: NameAnswer, outside: NameAnswer) -> tuple[tuple[str, NameAnswer], ...]:
    return ((one.inside, inside), (one.outside, outside))


def traits(names: OutsideNames) -> dict[str, str] | None:
    """Return where each name leads inside; outside the address of a home changes as its provider likes."""
    if any(one.inside is None for one in names.names.values()):
        return None
    return {f"name {name} inside": " ".join(one.inside or ()) or "no address" for name, one in names.names.items()}


PLUGIN = Fact[OutsideNames](
    name="outside_names",
    summary="Names of `outside.yaml`, as the lab's own name server and one of the internet answer for them.",
    view=View(needs=(), questions=questions, conclude=conclude, is_of_machine=False),
    pause=timedelta(minutes=30),
    traits=traits,
)
