"""One looker for all open tabs: nothing that happens while a tab comes is lost to it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

from steward.surfaces.web.hub import Hub


async def test_what_happens_while_the_first_look_of_a_tab_is_under_way_is_told():
    happened = ["before the page"]

    async def mark() -> str:
        return str(len(happened))

    async def look(_actor: Any, _command: Any) -> Any:
        if len(happened) == 1:
            happened.append("during the look, and seen by it")
        return SimpleNamespace(result={"happened": len(happened)})

    site: Any = SimpleNamespace(dispatch=look)
    caller: Any = SimpleNamespace(known=SimpleNamespace(rights=()), is_live=None)
    stream: Any = Hub(site=site, mark=mark).listen(caller, frozenset({("now", "")}), "1")
    async with aclosing(stream) as lines:
        assert "hello" in await anext(lines)
        assert await asyncio.wait_for(anext(lines), 30) == "event: now\ndata: changed\n\n"
