"""About: which Steward this is, what changed in it, and whose work it stands on."""

from __future__ import annotations

import asyncio
import json
import platform
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from steward.core.routes import Caller, Route
from steward.model.access import Right
from steward.surfaces.web.markdown import markdown
from steward.surfaces.web.site import Data, Page, Site, wants_json
from steward.surfaces.web.static_files import FOLDER, StaticFiles

_PACKAGE = "labsteward"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST_LICENSE = 60
_EXTRA = "extra =="
_CHANGES = (Path(__file__).with_name("CHANGELOG.md"), Path(__file__).parents[4] / "CHANGELOG.md")
"""Where the changelog lies: beside this file when it was installed, at the top of a checkout."""


@dataclass(frozen=True, kw_only=True)
class AboutPage:
    """Shows version and licenses."""

    site: Site
    static: StaticFiles
    """Where the texts of licenses are served."""

    def routes(self) -> tuple[Route, ...]:
        """Return its route."""
        return (
            Route(path="/settings/about", methods=("GET",), permission=Right.READ, handler=self._show, is_page=True),
        )

    async def _show(self, request: Request, caller: Caller) -> Response:
        own = metadata.distribution(_PACKAGE)
        data: Data = {
            "number": own.version,
            "python": platform.python_version(),
            "license": _license(own),
            "vendored": [self._vendored(each) for each in _locked()],
            "libraries": _libraries(own),
        }
        if not wants_json(request):
            data["changes"] = await asyncio.to_thread(_changes)
        page = Page(template="about.html", title_key="about.title", data=data, cli="steward --version")
        return await self.site.respond(request, caller, page)

    def _vendored(self, package: Data) -> Data:
        text = next((name for name in package["files"] if name.endswith(".LICENSE.txt")), "")
        address = self.static.address(f"vendor/{text}") if text else ""
        return {name: package[name] for name in ("package", "version", "license")} | {"address": address}


def _changes() -> Markup:
    """Return the changelog as HTML; nothing where it is not at hand."""
    text = next((path.read_text("utf-8") for path in _CHANGES if path.is_file()), "")
    return markdown(text.removeprefix("# Changelog\n"))


def _locked() -> list[Data]:
    """Return what is vendored for the pages."""
    return cast("list[Data]", json.loads((FOLDER / "vendor" / "lock.json").read_text("utf-8"))["packages"])


def _libraries(own: metadata.Distribution) -> list[Data]:
    """Return the libraries that are asked for and installed, with the license each names."""
    wanted = [line for line in own.requires or () if _EXTRA not in line]
    names = sorted({match[0] for line in wanted if (match := _NAME.match(line))}, key=str.casefold)
    found: list[Data] = []
    for name in names:
        try:
            library = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # asked for on other systems only
            continue
        found.append({"name": name, "version": library.version, "license": _license(library)})
    return found


def _license(library: metadata.Distribution) -> str:
    told: Any = library.metadata
    stated = str(told.get("License-Expression") or told.get("License") or "").strip()
    if stated and "\n" not in stated and len(stated) <= _LONGEST_LICENSE:
        return stated
    classes = [str(each) for each in told.get_all("Classifier") or () if str(each).startswith("License ::")]
    return classes[0].rpartition(" :: ")[2] if classes else _first_words(library)


def _first_words(library: metadata.Distribution) -> str:
    """Return how the text of a license begins, for a library that names none."""
    files = [each for each in library.files or () if each.name.upper().startswith(("LICENSE", "COPYING"))]
    lines = files[0].read_text("utf-8").split("\n") if files else []
    return next((line.strip() for line in lines if line.strip()), "")[:_LONGEST_LICENSE]
