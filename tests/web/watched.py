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


async def open_tab(chromium: Any, place: Place, *, width: int = 1280, scheme: str = "light", **more: Any) -> Watched:
    """Open a tab of the signed-in owner."""
    context = await chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
    await context.add_cookies([{"name": "steward", "value": place.cookie, "url": place.address}])
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
