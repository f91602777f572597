"""Draw the icons of the phone app from the one SVG: `python scripts/icons.py`; for maintainers, needs Chromium."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path("src/steward/surfaces/web/static")
CHROMIUM = "/usr/bin/chromium"
_PAGE = """<body style="margin:0;background:{back}">
<div style="width:{side}px;height:{side}px;display:grid;place-items:center">
<div style="width:{inner}px;height:{inner}px">{svg}</div></div></body>"""
_ICONS = (
    ("icon-192.png", 192, 192, "transparent"),
    ("icon-512.png", 512, 512, "transparent"),
    ("icon-mask.png", 512, 400, "#0b6b5c"),
)
"""File, side, size of the drawing in it, and what is behind: a mask may cut off a tenth on each side."""


def main() -> None:
    """Draw every icon."""
    svg = (FOLDER / "icon.svg").read_text("utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, side, inner, back in _ICONS:
            page = browser.new_page(viewport={"width": side, "height": side})
            page.set_content(_PAGE.format(side=side, inner=inner, svg=svg, back=back))
            page.screenshot(path=FOLDER / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
