"""A token never does more than whoever made it, is shown once, and ends when it is revoked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.tokens import Tokens
from steward.model.access import LONGEST_TOKEN, TOKEN_RIGHTS, Person, Right, Role
from steward.model.errors import InvalidInput, NotAllowed, NotFound
from steward.model.ids import PrincipalId, TokenId
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from steward.store import people
from tests.unit.core.hall import OWNER, Hall

DAY = timedelta(days=1)
READ = frozenset({Right.READ})


@pytest.fixture
def tokens(hall: Hall) -> Tokens:
    return hall.access.tokens


async def test_a_token_speaks_with_its_rights_and_for_whoever_made_it(tokens: Tokens):
    token, value = await tokens.mint(OWNER, name="dashboard", rights=frozenset({Right.PROPOSE, Right.READ}), lasts=DAY)
    spoken = await tokens.recognize(value)
    assert (spoken.id, spoken.kind, spoken.strength) == (token.id, PrincipalKind.TOKEN, Strength.NONE)
    assert spoken.rights == (Right.READ, Right.PROPOSE)
    assert spoken.on_behalf_of == OWNER.id


async def test_the_store_keeps_no_value_and_the_redactor_masks_it(hall: Hall, tokens: Tokens):
    _, value = await tokens.mint(OWNER, name="dashboard", rights=READ, lasts=DAY)
    with hall.storage.database.read() as connection:
        kept = str(connection.execute(sa.text("SELECT * FROM tokens")).all())
    secret = value.split("_", 2)[2]
    assert secret not in kept
    assert value not in hall.redactor.text(f"curl -H 'Authorization: Bearer {value}'")


@pytest.mark.parametrize("change", ["", "x", "stw_", "stw_0123456789_" + "a" * 43, "stw_\0"])
async def test_what_is_no_token_is_refused(tokens: Tokens, change: str):
    with pytest.raises(NotAllowed):
        await tokens.recognize(change)


async def test_one_wrong_letter_is_refused(tokens: Tokens):
    _, value = await tokens.mint(OWNER, name="dashboard", rights=READ, lasts=DAY)
    for at in (4, len(value) - 2):
        with pytest.raises(NotAllowed):
            await tokens.recognize(value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :])


async def test_a_token_ends_when_it_expires_and_when_it_is_revoked(tokens: Tokens, hall: Hall):
    token, value = await tokens.mint(OWNER, name="short", rights=READ, lasts=DAY)
    other, other_value = await tokens.mint(OWNER, name="long", rights=READ, lasts=3 * DAY)
    assert await tokens.is_live(token.id)
    hall.clock.advance(DAY.total_seconds())
    assert not await tokens.is_live(token.id)
    with pytest.raises(NotAllowed):
        await tokens.recognize(value)
    await tokens.revoke(other.id)
    assert not await tokens.is_live(other.id)
    with pytest.raises(NotAllowed):
        await tokens.recognize(other_value)
    with pytest.raises(NotFound):
        await tokens.revoke(other.id)


async def test_its_last_use_is_known_to_the_minute(tokens: Tokens, hall: Hall):
    _, value = await tokens.mint(OWNER, name="dashboard", rights=READ, lasts=DAY)
    await tokens.recognize(value)
    first = (await tokens.listing())[0].last_used
    assert first == hall.clock.now().replace(second=0)
    hall.clock.advance(30)
    await tokens.recognize(value)
    assert (await tokens.listing())[0].last_used == first


@pytest.mark.parametrize("lasts", [timedelta(0), -DAY, LONGEST_TOKEN + DAY])
async def test_no_token_lasts_for_ever_or_is_over_at_once(tokens: Tokens, lasts: timedelta):
    with pytest.raises(InvalidInput):
        await tokens.mint(OWNER, name="x", rights=READ, lasts=lasts)


@pytest.mark.parametrize("kind", [kind for kind in PrincipalKind if kind is not PrincipalKind.PERSON])
async def test_only_a_person_makes_tokens(tokens: Tokens, kind: PrincipalKind):
    with pytest.raises(NotAllowed):
        await tokens.mint(replace(OWNER, kind=kind), name="x", rights=READ, lasts=DAY)


async def test_a_token_shrinks_with_whoever_made_it(hall: Hall, tokens: Tokens):
    anna = Person(id=PrincipalId("person-a"), name="anna", role=Role.OPERATOR, created=hall.clock.now())
    await hall.storage.write(people.insert, anna, password_hash="x")
    maker = replace(OWNER, id=anna.id, rights=Role.OPERATOR.rights)
    _, value = await tokens.mint(maker, name="bot", rights=frozenset({Right.READ, Right.PROPOSE}), lasts=DAY)
    await hall.access.people.set_role("anna", Role.VIEWER)
    assert (await tokens.recognize(value)).rights == (Right.READ,)
    await hall.access.people.disable("anna")
    with pytest.raises(NotAllowed):
        await tokens.recognize(value)
    assert not await tokens.is_live(TokenId((await tokens.listing())[0].id))


@given(held=st.sets(st.sampled_from(Right)), wanted=st.sets(st.sampled_from(Right)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_token_never_has_a_right_its_maker_lacks_or_that_decides(hall: Hall, held: set[Right], wanted: set[Right]):
    maker = replace(OWNER, rights=tuple(held))
    minted = hall.access.tokens.mint(maker, name="x", rights=frozenset(wanted), lasts=DAY)
    try:
        token, value = asyncio.run(minted)
    except NotAllowed:
        assert not wanted or not wanted <= held or not wanted <= TOKEN_RIGHTS
        return
    assert set(token.rights) == wanted <= held & TOKEN_RIGHTS
    assert set(asyncio.run(hall.access.tokens.recognize(value)).rights) <= held & TOKEN_RIGHTS
    asyncio.run(hall.access.tokens.revoke(token.id))
