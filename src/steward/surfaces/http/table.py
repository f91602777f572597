"""The table of routes: what an address means, and what its caller must hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.convertors import Convertor
from starlette.routing import compile_path

from steward.core.routes import Mount, Open, Route
from steward.model.access import Right
from steward.model.errors import NotFound, StewardError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class WrongMethod(StewardError):
    """The address exists, this method does not."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        super().__init__("this address does not take that method", next_step=f"use {', '.join(allowed)}")


@dataclass(frozen=True, kw_only=True)
class Match:
    """The route of a request."""

    route: Route | Mount
    """It."""
    parameters: dict[str, Any]
    """What the path gave."""
    path: str
    """Below a mount: the rest of the path."""


@dataclass(frozen=True, kw_only=True)
class _Compiled:
    route: Route
    pattern: re.Pattern[str]
    convertors: dict[str, Convertor[Any]]


class Table:
    """Finds the route of a request."""

    def __init__(self, routes: Sequence[Route | Mount]) -> None:
        """Read the table.

        Raises:
            TypeError: a route names no permission.
            ValueError: two routes have the same address and method.
        """
        for route in routes:
            if not isinstance(route.permission, Right | Open):  # pyright: ignore[reportUnnecessaryIsInstance] - a plug-in
                msg = f"{route.path} names no permission"
                raise TypeError(msg)
        self._mounts = tuple(route for route in routes if isinstance(route, Mount))
        self._routes = tuple(_compiled(route) for route in routes if isinstance(route, Route))
        _refuse_doubles([compiled.route for compiled in self._routes])

    def __iter__(self) -> Iterator[Route | Mount]:
        """Give every route."""
        return iter((*(compiled.route for compiled in self._routes), *self._mounts))

    def match(self, path: str, method: str) -> Match:
        """Return the route of a request; HEAD is answered where GET is.

        Raises:
            NotFound: there is nothing at this address.
            WrongMethod: there is, but not by this method.
        """
        wanted = "GET" if method == "HEAD" else method
        allowed: list[str] = []
        for each in self._routes:
            fits = each.pattern.fullmatch(path)
            if fits is None:
                continue
            if wanted in each.route.methods:
                parameters = {name: each.convertors[name].convert(value) for name, value in fits.groupdict().items()}
                return Match(route=each.route, parameters=parameters, path=path)
            allowed += each.route.methods
        if allowed:
            raise WrongMethod(tuple(sorted({*allowed, *(["HEAD"] if "GET" in allowed else [])})))
        for mount in self._mounts:
            if path == mount.path or path.startswith(f"{mount.path}/"):
                return Match(route=mount, parameters={}, path=path.removeprefix(mount.path) or "/")
        raise NotFound("there is nothing at this address")

    def is_page(self, path: str) -> bool:
        """Tell whether people open this address in a browser."""
        return any(each.route.is_page and each.pattern.fullmatch(path) for each in self._routes)


def _compiled(route: Route) -> _Compiled:
    pattern, _, convertors = compile_path(route.path)
    return _Compiled(route=route, pattern=pattern, convertors=convertors)


def _refuse_doubles(routes: Sequence[Route]) -> None:
    seen: set[tuple[str, str]] = set()
    for route in routes:
        for method in route.methods:
            if (route.path, method) in seen:
                msg = f"two routes are {method} {route.path}"
                raise ValueError(msg)
            seen.add((route.path, method))
