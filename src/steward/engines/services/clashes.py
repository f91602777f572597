"""Find ports of a machine that two services want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from steward.model.declared import DeclaredProblem, PortClaim, Severity

_MOST_SHOWN = 6
_MOST_COMPARED = 40
"""Claims of one place that each further one is compared with; more share the port anyway."""


def clashes(claims: Iterable[PortClaim]) -> tuple[DeclaredProblem, ...]:
    """Return a problem for every port of a project, and of the repository, that services want at once."""
    by_place: dict[tuple[str, int], list[PortClaim]] = defaultdict(list)
    for claim in claims:
        by_place[claim.protocol, claim.port // 1024].append(claim)
        for block in range(claim.port // 1024 + 1, claim.last_port // 1024 + 1):
            by_place[claim.protocol, block].append(claim)
    return tuple(_problems(pair for group in by_place.values() for pair in _pairs(group)))


def _pairs(group: list[PortClaim]) -> Iterator[tuple[PortClaim, PortClaim]]:
    """Yield claims that cannot both be met, each pair once; sorted, so that only neighbors are compared."""
    group = sorted(set(group), key=_order)
    open_claims: list[PortClaim] = []
    for claim in group:
        open_claims = [one for one in open_claims if one.last_port >= claim.port][-_MOST_COMPARED:]
        yield from ((one, claim) for one in open_claims if _excludes(one, claim))
        open_claims.append(claim)


def _order(claim: PortClaim) -> tuple[int, int, str, int, str]:
    return claim.port, claim.last_port, claim.file, claim.line, claim.service


def _excludes(one: PortClaim, other: PortClaim) -> bool:
    if (one.project, one.service, one.file) == (other.project, other.service, other.file) and one.line != other.line:
        return one.project == other.project and one.address == other.address and one.port == other.port
    if one.address and other.address and one.address != other.address:
        return False
    if one.machine and other.machine and one.machine != other.machine:
        return False
    if one.project == other.project and one.profiles and other.profiles:
        return bool(set(one.profiles) & set(other.profiles))
    return True


def _problems(pairs: Iterable[tuple[PortClaim, PortClaim]]) -> Iterator[DeclaredProblem]:
    """Yield one problem for a port and how sure it is, naming everybody who wants it."""
    groups: dict[tuple[int, str, Severity, str], set[PortClaim]] = defaultdict(set)
    for one, other in pairs:
        is_sure = one.project == other.project or (one.machine is not None and one.machine == other.machine)
        place = (one.project if one.project == other.project else one.machine or "") if is_sure else ""
        key = (max(one.port, other.port), one.protocol, Severity.ERROR if is_sure else Severity.WARNING, place)
        groups[key].update((one, other))
    for (port, protocol, severity, _), claims in groups.items():
        told = sorted(claims, key=lambda claim: (claim.file, claim.line, claim.service))
        names = [f"{claim.service} ({claim.file}:{claim.line})" for claim in told[:_MOST_SHOWN]]
        more = f" and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
        unless = "" if severity is Severity.ERROR else ", unless they run on different machines"
        yield DeclaredProblem(
            kind="port-clash",
            message=f"port {port}/{protocol} is wanted by {', '.join(names)}{more}{unless}",
            file=told[-1].file if severity is Severity.ERROR else told[1].file,
            line=told[-1].line if severity is Severity.ERROR else told[1].line,
            severity=severity,
        )
