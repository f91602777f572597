"""What guests of Proxmox promise besides what every executor does; that is in `tests/suites`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from steward.model.errors import InvalidInput, LinkLost, NeedsPerson, Unreachable
from steward.model.fact import Reading
from steward.ports.executor import MarkerState
from tests.suites.executors import FENCE, Place, file, in_guest

LOOK = [Reading(name="x", argv=("/bin/sh", "-c", "echo seen $HOME"))]


@pytest.fixture(params=["pct", "qm"])
async def guest(request: pytest.FixtureRequest, tmp_path: Path):
    """A guest of either kind."""
    made = in_guest(tmp_path, request.param)
    yield made
    for executor in made.opened:
        await executor.close()
    assert made.sshd
    made.sshd.stop()


async def test_home_is_roots_whatever_the_node_or_the_agent_had(guest: Place, tmp_path: Path):
    outputs = await guest.executor().read(guest.machine, LOOK)
    assert outputs["x"].stdout == f"seen {tmp_path}\n"


async def test_a_guest_that_is_not_there_is_unreachable_in_the_nodes_own_words(guest: Place):
    with pytest.raises(Unreachable, match=r"999\.conf"):
        await guest.executor().read(replace(guest.machine, guest="999"), LOOK)


async def test_a_node_that_refuses_before_it_has_read_the_order_is_still_heard(guest: Place):
    order = guest.order(files=(file(guest.work / "large", b"x" * 500_000),))
    with pytest.raises(LinkLost, match=r"999\.conf"):
        await guest.executor().run(replace(guest.machine, guest="999"), order)
    assert guest.effects() == 0


async def test_a_guest_confirmed_with_another_key_than_its_node_has_needs_a_person(guest: Place):
    other = replace(guest.machine, host_key="SHA256:" + "A" * 43)
    with pytest.raises(NeedsPerson, match="far has another host key"):
        await guest.executor().read(other, LOOK)
    with pytest.raises(NeedsPerson, match="is not confirmed"):
        await guest.executor().run(replace(guest.machine, host_key=""), guest.order())
    assert guest.effects() == 0


async def test_a_guests_host_key_is_the_one_its_node_shows_now(guest: Place):
    assert guest.sshd
    assert await guest.executor().host_key(guest.machine) == guest.sshd.fingerprint()


async def test_what_is_not_a_plain_word_never_reaches_the_node(guest: Place):
    with pytest.raises(ValueError, match="not plain"):
        await guest.executor().read(replace(guest.machine, guest="105;id"), LOOK)


async def test_an_order_larger_than_the_agent_takes_is_refused_before_anything_starts(tmp_path: Path):
    place = in_guest(tmp_path, "qm")
    executor = place.executor()
    order = place.order(files=(file(place.work / "large", b"x" * 1_200_000),))
    with pytest.raises(InvalidInput, match="too large for the guest agent"):
        await executor.run(place.machine, order)
    assert (await executor.ask(place.machine, order.key)).state is MarkerState.ABSENT
    assert place.effects() == 0
    await executor.take_over(place.machine, FENCE)
    for opened in place.opened:
        await opened.close()
    assert place.sshd
    place.sshd.stop()
