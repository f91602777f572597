"""Steward itself: its settings and where they come from, and what is wrong with it."""

from __future__ import annotations

import asyncio
from collections import Counter

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.access import Right
from steward.model.command import Example
from steward.model.installation import Diagnosis, Setting
from steward.model.risk import Risk

_WARNED = 10
_BROKEN = 11


@record
class ListSettingsInput:
    """Show every setting: its value, where that comes from, and what it is for. Secrets are masked."""


@record
class CheckSettingsInput:
    """Check Steward itself from within: files, keys, store, audit, workers.

    The same as `steward doctor`, asked of the Steward that runs; so it can be asked over the API and in the browser.
    """


@record
class SettingList:
    """Settings."""

    settings: tuple[Setting, ...]
    """Each with its origin."""


@record
class Diagnoses:
    """What was checked."""

    sentence: str
    """The result in words."""
    checks: tuple[Diagnosis, ...]
    """Each check, with what mends it."""

    @property
    def exit_code(self) -> int:
        """0 when all is well, 10 with warnings, 11 when something does not work."""
        found = {check.severity for check in self.checks}
        return _BROKEN if "down" in found else _WARNED if "warning" in found else 0


async def listing(desk: Desk, _given: ListSettingsInput) -> SettingList:
    """List the settings."""
    return SettingList(settings=desk.settings())


async def check(desk: Desk, _given: CheckSettingsInput) -> Diagnoses:
    """Check Steward itself."""
    checks = await asyncio.to_thread(desk.diagnose)
    return Diagnoses(sentence=_sentence(Counter(check.severity for check in checks)), checks=checks)


def _sentence(counts: Counter[str]) -> str:
    words = {"down": "does not work", "warning": "needs a look"}
    told = [f"{plural(counts[each], 'check')}: {words[each]}" for each in words if counts[each]]
    return "; ".join(told) or f"all {plural(counts.total(), 'check')} are well"


COMMANDS = (
    CommandSpec(
        name="settings.ls",
        right=Right.READ,
        input=ListSettingsInput,
        output=SettingList,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="settings ls", does="Show every setting and where it comes from"),
            Example(line="settings ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="settings.check",
        right=Right.READ,
        input=CheckSettingsInput,
        output=Diagnoses,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="settings check", does="Say what is wrong with the Steward that runs, and what mends it"),
            Example(line="settings check --json", does="The same as one JSON object"),
        ),
    ),
)
