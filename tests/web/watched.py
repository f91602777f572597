"""A page that is watched: what it asks for, what it complains about, how it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.web.place import Place

WATCH = (Path(__file__).parent / "watch.js").read_text("utf-8")
SMALL_TARGETS = (Path(__file__).parent / "small_targets.js").read_text("utf-8")
UNLABELED = (Path(__file__).parent / "unlabeled.js").read_text("utf-8")
PALE = (Path(__file__).parent / "pale.js").read_text("utf-8")
REFRESH = """topic => new Promise((done) => {
  document.addEventListener("htmx:after:swap", () => done(), { once: true });
  htmx.trigger("#live", topic);
})"""
PATIENCE_MILLISECONDS = 30_000
"""How long anything is waited for: it costs nothing where things are quick."""


@dataclass(kw_only=True)
class Watched:
    """One tab with its witnesses."""

    page: Any
    asked: list[str] = field(default_factory=list[str])
    said: list[str] = field(default_factory=list[str])
    dialogs: list[str] = field(default_factory=list[str])

    async def reports(self) -> list[str]:
        """Return what the content security policy stopped."""
        return await self.page.evaluate("window.reports ?? []")

    async def refresh(self, topic: str) -> None:
        """Let the page fetch itself anew, as when its stream names this, and wait until it has."""
        await self.page.evaluate(REFRESH, topic)

    async def begin(self, address: str) -> None:
        """Open an address and forget what was asked for before; the page before is left first, for it may still ask."""
        await self.page.goto("about:blank")
        self.asked.clear()
        await self.page.goto(address)

    async def assert_sound(self, address: str, *, settle_milliseconds: int = 0) -> None:
        """Open an address with all its folds; nothing overflows, is too small, nameless, pale or reported."""
        answer = await self.page.goto(address)
        assert answer.status == 200, address
        for fold in await self.page.locator("main details").all():
            await fold.evaluate("fold => { fold.open = true }")
        await self.page.wait_for_timeout(settle_milliseconds)
        width = self.page.viewport_size["width"]
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= width, address
        for look in (SMALL_TARGETS, UNLABELED, PALE):
            assert await self.page.evaluate(look) == [], address
        assert await self.page.locator("h1").count() == 1, address
        assert await self.reports() == [], address
        assert self.said == [], address


async def open_tab(chromium: Any, place: Place, *, width: int = 1280, scheme: str = "light", **more: Any) -> Watched:
    """Open a tab of the signed-in owner."""
    context = await chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
    await context.add_cookies([{"name": "steward", "value": place.cookie, "url": place.address}])
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    await context.add_init_script(WATCH)
    tab = Watched(page=await context.new_page())
    tab.page.on("request", lambda request: tab.asked.append(f"{request.method} {request.url}"))
    tab.page.on("console", lambda line: tab.said.append(line.text) if line.type in {"error", "warning"} else None)
    tab.page.on("pageerror", lambda error: tab.said.append(str(error)))

    async def dismiss(dialog: Any) -> None:
        tab.dialogs.append(dialog.message)
        await dialog.dismiss()

    tab.page.on("dialog", dismiss)
    return tab
