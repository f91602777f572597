"""Find plug-ins: every module of the know-how rooms, and whatever other packages offer."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, TypeVar

from steward.adapters import discoverers, event_sources
from steward.knowhow import checks, declared, discovered, facts, fixes, measures, operations, relations, triggers
from steward.knowhow.declared.reader import Reader
from steward.model.check import Check
from steward.model.discovery import Source
from steward.model.errors import InvalidInput
from steward.model.fact import Fact
from steward.model.fix import Fix
from steward.model.measure import AnyMeasure, Measure
from steward.model.operation import Operation
from steward.model.relation import Relation
from steward.model.trigger import TriggerKind
from steward.model.trigger_source import AnySourceKind, SourceKind
from steward.ports.discoverer import DiscovererPlugin
from steward.ports.event_source import EventSourcePlugin

T = TypeVar("T")

GROUP = "steward.plugins"
_FACT: type[Fact[Any]] = Fact
_MEASURE: type[AnyMeasure] = Measure
_OPERATION: type[Operation[Any]] = Operation
_SOURCES = (Source, DiscovererPlugin)
_KNOWLEDGE = (Fact, Check, Operation, Fix, Relation, Measure)
_TRIGGER_KIND: type[AnySourceKind] = SourceKind


@dataclass(frozen=True, kw_only=True)
class KnowHow:
    """Every plug-in that was found, by kind."""

    facts: tuple[Fact[Any], ...]
    """Facts."""
    checks: tuple[Check, ...]
    """Checks."""
    operations: tuple[Operation[Any], ...]
    """Operations."""
    fixes: tuple[Fix, ...]
    """Fixes."""
    relations: tuple[Relation, ...] = ()
    """Relations."""
    measures: tuple[AnyMeasure, ...] = ()
    """Measures that readable lines ask for."""


def load_know_how() -> KnowHow:
    """Import every plug-in.

    Raises:
        InvalidInput: two of one kind and name, a need nobody gives, or an entry point that is no plug-in.
    """
    found: list[object] = [
        plugin for room in (facts, checks, operations, fixes, relations, measures) for plugin in _of_room(room)
    ]
    found += [point.load() for point in entry_points(group=GROUP)]
    for strange in (plugin for plugin in found if not _is_plugin(plugin)):
        raise InvalidInput(
            f"{strange!r} is no plug-in",
            next_step="export a Fact, Check, Operation, Fix, Relation, Measure, Reader or Source as PLUGIN",
        )
    know_how = KnowHow(
        facts=_of_kind(found, _FACT),
        checks=_of_kind(found, Check),
        operations=_of_kind(found, _OPERATION),
        fixes=_of_kind(found, Fix),
        relations=_of_kind(found, Relation),
        measures=_of_kind(found, _MEASURE),
    )
    _check_needs(know_how)
    return know_how


def load_readers() -> tuple[Reader, ...]:
    """Import every reader of declarations, built in or offered by another package."""
    found: list[object] = [*_of_room(declared)]
    found += [plugin for point in entry_points(group=GROUP) if isinstance(plugin := point.load(), Reader)]
    return _of_kind(found, Reader)


def load_sources() -> tuple[tuple[Source, ...], tuple[DiscovererPlugin, ...]]:
    """Import every source of machines: what reads it, and what asks it."""
    found: list[object] = [*_of_room(discovered), *_of_room(discoverers)]
    found += [plugin for point in entry_points(group=GROUP) if isinstance(plugin := point.load(), _SOURCES)]
    return _of_kind(found, Source), _of_kind(found, DiscovererPlugin)


def load_trigger_kinds() -> dict[str, AnySourceKind]:
    """Import every kind of trigger, built in or offered by another package; by name."""
    found: list[object] = [*_of_room(triggers)]
    found += [plugin for point in entry_points(group=GROUP) if isinstance(plugin := point.load(), SourceKind)]
    return {kind.name: kind for kind in _of_kind(found, _TRIGGER_KIND)}


def load_event_sources() -> dict[TriggerKind, EventSourcePlugin]:
    """Import everything that follows what is outside, built in or offered by another package; by kind."""
    found: list[object] = [*_of_room(event_sources)]
    found += [plugin for point in entry_points(group=GROUP) if isinstance(plugin := point.load(), EventSourcePlugin)]
    return {plugin.kind: plugin for plugin in found if isinstance(plugin, EventSourcePlugin)}


def _is_plugin(found: object) -> bool:
    kinds = (*_KNOWLEDGE, Reader, Source, DiscovererPlugin, SourceKind, EventSourcePlugin)
    return isinstance(found, kinds)


def _of_kind(found: list[object], kind: type[T]) -> tuple[T, ...]:
    """Return the plug-ins of one kind; two of one name are refused."""
    chosen = tuple(plugin for plugin in found if isinstance(plugin, kind))
    names = [str(getattr(plugin, "name", "")) for plugin in chosen]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InvalidInput(f"two plug-ins are called `{doubled[0]}`", next_step="rename or remove one")
    return chosen


def _of_room(room: ModuleType) -> Iterator[object]:
    for info in sorted(pkgutil.iter_modules(room.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{room.__name__}.{info.name}")
        plugin = getattr(module, "PLUGIN", None)
        if plugin is not None:
            yield plugin
        yield from getattr(module, "PLUGINS", ())


def _check_needs(know_how: KnowHow) -> None:
    known = {fact.name for fact in know_how.facts}
    for measure in know_how.measures:
        if measure.fact.name not in known:
            raise InvalidInput(f"`{measure.name}` needs unknown fact `{measure.fact.name}`", next_step="add the fact")
    for plugin in (*know_how.checks, *know_how.operations, *know_how.fixes, *know_how.relations):
        missing = sorted(set(plugin.needs) - known)
        if missing:
            raise InvalidInput(f"`{plugin.name}` needs unknown fact `{missing[0]}`", next_step="add the fact")
