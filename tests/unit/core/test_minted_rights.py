"""No token ever does more than whoever made it, for every set of rights there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from steward.model.access import TOKEN_RIGHTS, Right, Role, may_mint
from steward.model.errors import NotAllowed
from tests.unit.core.hall import OWNER, Hall, hall

__all__ = ["hall"]


def subsets() -> Iterator[frozenset[Right]]:
    for size in range(len(Right) + 1):
        yield from map(frozenset, combinations(Right, size))


def test_a_token_gets_a_right_only_of_those_its_maker_has_and_tokens_may_have():
    pairs = [(caller, wanted) for caller in subsets() for wanted in subsets()]
    assert len(pairs) == 4096
    wrong = [(c, w) for c, w in pairs if may_mint(c, w) and not w <= c & TOKEN_RIGHTS]
    assert wrong == []
    assert any(may_mint(caller, wanted) for caller, wanted in pairs)


@pytest.mark.parametrize("role", Role)
async def test_a_minted_token_speaks_with_no_right_its_maker_lacks(hall: Hall, role: Role):
    minted = 0
    for wanted in subsets():
        try:
            token, value = await hall.access.tokens.mint(
                replace(OWNER, rights=role.rights), name="t", rights=wanted, lasts=timedelta(days=1)
            )
        except NotAllowed:
            assert not (wanted and wanted <= frozenset(role.rights) & TOKEN_RIGHTS)
            continue
        minted += 1
        known = (await hall.access.by_token(value, address="127.0.0.1")).known
        assert set(known.rights) == wanted <= set(role.rights)
        await hall.access.tokens.revoke(token.id)
    assert minted
