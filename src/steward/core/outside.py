"""Asking from Steward's own box: only what may be asked, few at a time, in little time, and nothing unmasked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from steward.lib.text import visible_line
from steward.model.machine import Machine
from steward.model.outside import MOST_QUESTIONS, OutsideRules, is_allowed
from steward.model.question import Answer, Question
from steward.ports.outside import Asker

V = TypeVar("V")
_AT_ONCE = 16
"""Questions that are on the way at one time, of one machine: a port scanner is in more of a hurry."""
_SECONDS = 60.0
"""Time for all questions of one look; what has no answer by then has none."""
_EXACT = frozenset({"question", "serial", "digest", "peer"})
"""Fields that hold what was asked, or a form that was checked when it was read: masking them hides nothing."""
_log = logging.getLogger("steward.outside")


class Outside:
    """Puts questions to those who can ask them."""

    def __init__(
        self,
        *,
        askers: Mapping[type[Question], Asker[Any, Any]],
        rules: Callable[[], OutsideRules],
        redact: Callable[[str], str],
    ) -> None:
        """`rules` tells what the owner allows, again at each look."""
        self._askers = askers
        self._rules = rules
        self._redact = redact

    def rules(self) -> OutsideRules:
        """Return what the owner allows now."""
        return self._rules()

    async def ask(self, machine: Machine, questions: Iterable[Question]) -> dict[Question, Answer]:
        """Return the answers that came in time, by question; what may not be asked is left out."""
        chosen = self._chosen(machine, questions)
        slots = asyncio.Semaphore(_AT_ONCE)
        tasks = {question: asyncio.create_task(self._one(question, slots)) for question in chosen}
        if tasks:
            try:
                await asyncio.wait(tasks.values(), timeout=_SECONDS)
            finally:
                for task in tasks.values():
                    task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
        answers = {question: _told(machine, question, task) for question, task in tasks.items()}
        return {question: self._masked(answer) for question, answer in answers.items() if answer is not None}

    def _chosen(self, machine: Machine, questions: Iterable[Question]) -> list[Question]:
        rules = self._rules()
        allowed = [one for one in dict.fromkeys(questions) if is_allowed(one, machine, rules)]
        if len(allowed) > MOST_QUESTIONS:
            _log.warning("%d questions about %s are left out", len(allowed) - MOST_QUESTIONS, machine.name)
        return allowed[:MOST_QUESTIONS]

    async def _one(self, question: Question, slots: asyncio.Semaphore) -> Answer:
        async with slots:
            return await self._askers[type(question)].ask(question)

    def _masked(self, answer: Answer) -> Answer:
        """Mask every text of an answer, and show what is invisible in it."""
        return _with_texts(answer, lambda text: self._redact(visible_line(text)))


def _told(machine: Machine, question: Question, task: asyncio.Task[Answer]) -> Answer | None:
    """Return an answer; an asker that broke down is our mistake and costs its own question only."""
    if task.cancelled():
        return None
    error = task.exception()
    if error is not None:
        _log.error("a %s about %s broke down", type(question).__name__, machine.name, exc_info=error)
        return None
    return task.result()


def _with_texts(value: V, change: Callable[[str], str]) -> V:
    if isinstance(value, str) and not isinstance(value, Enum):
        return cast("V", change(value))
    if isinstance(value, tuple):
        return cast("V", tuple(_with_texts(one, change) for one in cast("tuple[object, ...]", value)))
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value) if field.name not in _EXACT]
        return cast("V", replace(value, **{name: _with_texts(getattr(value, name), change) for name in names}))
    return value
