"""Asking where machines may be known: a source is asked through its adapter and read by its know-how."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from steward.core.look import Executors
from steward.lib.text import nearest, visible_line
from steward.model.discovery import Discovered, Gathered, LeftOut, Source
from steward.model.errors import NotFound
from steward.model.fact import CommandOutput
from steward.model.machine import Machine
from steward.ports.discoverer import Discoverer, Inquiry


class Discovery:
    """Every source there is. Nothing is kept and nothing is changed."""

    def __init__(
        self,
        *,
        sources: Iterable[Source],
        discoverers: Mapping[str, Discoverer],
        executors: Executors,
        redact: Callable[[str], str],
    ) -> None:
        """Every text passes `redact` before anything reads it, as facts do."""
        self.sources = {source.name: source for source in sources}
        self._discoverers = discoverers
        self._executors = executors
        self._redact = redact

    def require(self, name: str) -> Source:
        """Return the source of this name.

        Raises:
            NotFound: with the nearest name.
        """
        source = self.sources.get(name)
        if source is None:
            near = nearest(name, self.sources)
            hint = f"did you mean `{near}`?" if near else f"sources are {', '.join(sorted(self.sources))}"
            raise NotFound(f"there is no source `{visible_line(name[:80])}`", next_step=hint)
        return source

    async def ask(self, source: Source, inquiry: Inquiry) -> Discovered:
        """Ask a source that an adapter gathers.

        Raises:
            InvalidInput, Unreachable, NotAllowed: as the adapter says.
        """
        return await self._read(source, await self._discoverers[source.name].gather(inquiry))

    async def ask_on(self, source: Source, machine: Machine) -> Discovered:
        """Ask a machine of the inventory.

        Raises:
            Unreachable, NeedsPerson: as for a look at it.
        """
        outputs = await self._executors.of(machine).read(machine, source.readings)
        texts: dict[str, str] = {}
        left_out: list[LeftOut] = []
        for name, output in outputs.items():
            if output.exit_code == 0:
                texts[name] = output.stdout
            else:
                left_out.append(LeftOut(what=machine.name, why=self._redact(_complaint(output))))
        return await self._read(source, Gathered(texts=texts, left_out=tuple(left_out)))

    async def _read(self, source: Source, gathered: Gathered) -> Discovered:
        """Read what was gathered, in a thread: a large inventory takes a while."""
        masked = Gathered(
            texts={name: self._redact(text) for name, text in gathered.texts.items()},
            stands_for=gathered.stands_for,
            left_out=gathered.left_out,
        )
        return await asyncio.to_thread(source.parse, masked)


def _complaint(output: CommandOutput) -> str:
    """Return what a failed command says last, or how it ended."""
    if output.exit_code is None:
        return "it did not end in time"
    return output.stderr.strip().rsplit("\n", 1)[-1][:200] or f"exit status {output.exit_code}"
