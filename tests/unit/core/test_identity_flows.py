"""A try at the provider: any process finishes it, once, and a copy of the store opens nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from steward.core.identity_flows import Flows, Returned, Start
from steward.model.errors import NotAllowed, TooMany, Unreachable
from steward.model.identity import Authorization, Identity, Purpose
from tests.unit.core.hall import Hall

START = Start(purpose=Purpose.SIGN_IN, redirect="https://home.example/oidc/callback", address="10.0.0.7", next="/a/X")


class Known:
    """A provider that says who it is of whoever brings the code `good`."""

    label, issuer = "Home ID", "https://id.example"

    def __init__(self, *, is_down: bool = False) -> None:
        self.is_down = is_down
        self.begun: list[Authorization] = []
        self.finished: list[Authorization] = []

    async def address(self, authorization: Authorization) -> str:
        if self.is_down:
            raise Unreachable("it does not answer")
        self.begun.append(authorization)
        return f"{self.issuer}/authorize"

    async def identity(self, authorization: Authorization, *, code: str, issuer: str) -> Identity:
        self.finished.append(authorization)
        return Identity(issuer=issuer or self.issuer, subject=code)


def flows(hall: Hall, provider: Known) -> Flows:
    return Flows(storage=hall.storage, clock=hall.clock, provider=provider)


async def test_another_process_finishes_what_one_began_and_with_the_very_same_secrets(hall: Hall):
    provider = Known()
    begun = await flows(hall, provider).begin(START)
    returned = Returned(cookie=begun.cookie, state=provider.begun[0].state, code="good")
    flow, identity = await flows(hall, provider).finish(returned)
    assert (flow.purpose, flow.next, identity.subject) == (Purpose.SIGN_IN, "/a/X", "good")
    assert provider.finished == provider.begun
    assert not provider.begun[0].is_fresh
    with pytest.raises(NotAllowed):
        await flows(hall, provider).finish(returned)


async def test_the_store_holds_nothing_that_somebody_could_come_back_with(hall: Hall):
    provider = Known()
    begun = await flows(hall, provider).begin(START)
    with hall.storage.database.read() as connection:
        kept = str(connection.execute(sa.text("SELECT * FROM identity_flows")).all())
    sent = provider.begun[0]
    assert [each for each in (begun.cookie, sent.state, sent.nonce, sent.verifier) if each in kept] == []
    assert len({begun.cookie, sent.state, sent.nonce, sent.verifier}) == 4


@pytest.mark.parametrize("change", [{"cookie": ""}, {"cookie": "x" * 5_000}, {"state": ""}, {"state": "é\ud800"}])
async def test_what_does_not_belong_together_finishes_nothing_and_ends_nothing(hall: Hall, change: dict[str, str]):
    provider = Known()
    tries = flows(hall, provider)
    begun = await tries.begin(START)
    returned = Returned(cookie=begun.cookie, state=provider.begun[0].state, code="good")
    with pytest.raises(NotAllowed, match="belong"):
        await tries.finish(replace(returned, **change))
    assert (await tries.finish(returned))[1].subject == "good"


@pytest.mark.parametrize("change", [{"code": ""}, {"code": "x" * 5_000}, {"error": "access_denied"}, {"error": "<b>"}])
async def test_without_a_code_the_provider_is_not_asked(hall: Hall, change: dict[str, str]):
    provider = Known()
    tries = flows(hall, provider)
    begun = await tries.begin(START)
    returned = Returned(cookie=begun.cookie, state=provider.begun[0].state, code="good")
    with pytest.raises(NotAllowed, match="let nobody in") as told:
        await tries.finish(replace(returned, **change))
    assert "<b>" not in str(told.value)
    assert provider.finished == []


async def test_a_try_is_over_after_ten_minutes(hall: Hall):
    provider = Known()
    tries = flows(hall, provider)
    begun = await tries.begin(START)
    hall.clock.advance(601)
    with pytest.raises(NotAllowed):
        await tries.finish(Returned(cookie=begun.cookie, state=provider.begun[0].state, code="good"))


async def test_only_a_proof_asks_the_provider_to_ask_anew(hall: Hall):
    provider = Known()
    for purpose in Purpose:
        await flows(hall, provider).begin(replace(START, purpose=purpose))
    assert [each.is_fresh for each in provider.begun] == [purpose is Purpose.PROVE for purpose in Purpose]


async def test_too_many_beginnings_are_slowed_down_and_a_provider_that_is_down_leaves_nothing_behind(hall: Hall):
    tries = flows(hall, Known(is_down=True))
    for _ in range(20):
        with pytest.raises(Unreachable):
            await tries.begin(START)
    with pytest.raises(TooMany):
        await tries.begin(START)
    with hall.storage.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM identity_flows")).scalar_one() == 0
