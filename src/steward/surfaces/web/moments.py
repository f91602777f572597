"""Times for people: how long ago or until, exact on hover, in the house's time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from markupsafe import Markup

from steward.lib.text import age, moment_of, time_left
from steward.surfaces.web.texts import Texts

_AGO = Markup('<time datetime="{iso}" title="{exact}" data-age>{says}</time>')
_LEFT = Markup('<time datetime="{iso}" title="{exact}" data-left>{says}</time>')
_PLAIN = Markup('<time datetime="{iso}" title="{exact}">{says}</time>')


class Moments:
    """Writes RFC 3339 times as `<time>` elements; a script may keep them fresh."""

    def __init__(self, *, now: Callable[[], datetime], texts: Texts) -> None:
        self._now = now
        self._texts = texts

    def ago(self, moment: str | None) -> Markup | str:
        """Write how long ago it was."""
        then = moment_of(moment)
        if then is None:
            return self._texts("time.never")
        return self._element(_AGO, then, self._texts("time.ago", age=age(self._now() - then)))

    def left(self, moment: str | None) -> Markup | str:
        """Write how long it is until then."""
        then = moment_of(moment)
        if then is None:
            return self._texts("time.never")
        left = then - self._now()
        is_over = left <= timedelta()
        says = self._texts("time.over") if is_over else self._texts("time.in", age=time_left(left))
        return self._element(_LEFT, then, says)

    def exact(self, moment: str | None) -> Markup | str:
        """Write date and time."""
        then = moment_of(moment)
        return "" if then is None else self._element(_PLAIN, then, self._exact(then))

    def clock(self, moment: str | None) -> str:
        """Write the time of day, for lines of a log."""
        then = moment_of(moment)
        return "" if then is None else f"{then.astimezone(self._now().tzinfo):%H:%M:%S}"

    def took(self, begin: str | None, end: str | None) -> str:
        """Write how long something took; nothing when that is not known."""
        began, ended = moment_of(begin), moment_of(end)
        return age(ended - began) if began and ended else ""

    def _exact(self, then: datetime) -> str:
        return then.astimezone(self._now().tzinfo).strftime(self._texts("time.exact"))

    def _element(self, form: Markup, then: datetime, says: str) -> Markup:
        return form.format(iso=then.isoformat(), exact=self._exact(then), says=says)
