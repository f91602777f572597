"""Names, asked of one name server after another from Steward's own box."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import cast

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from steward.lib.record import record
from steward.model.outside import place_of
from steward.model.question import NameAnswer, NameQuestion

_TYPES = (dns.rdatatype.A, dns.rdatatype.AAAA)
_KNOWN = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_MOST = 20
_TRIES = 2


@record
class NameSettings:
    """Settings of the look at names."""

    answer_seconds: float = 3.0
    """Longest a name server may take for one of two tries."""


class NameAsker:
    """Asks exactly the name server that is meant, never that of Steward's box."""

    def __init__(self, settings: NameSettings) -> None:
        self._settings = settings

    async def ask(self, question: NameQuestion) -> NameAnswer:
        """Ask for IPv4 and IPv6 addresses; both have to be answered."""
        place = place_of(question.server)
        if place is None:
            return NameAnswer(question=question, problem="the address of the name server cannot be read")
        found: set[str] = set()
        try:
            name = dns.name.from_text(question.name)
            for kind in _TYPES:
                response = await self._response(dns.message.make_query(name, kind), place)
                if response.rcode() not in _KNOWN:
                    return NameAnswer(question=question, problem=f"it says {dns.rcode.to_text(response.rcode())}")
                found |= _addresses(response)
        except dns.exception.Timeout:
            return NameAnswer(question=question, problem="no answer in time")
        except (dns.exception.DNSException, OSError, EOFError) as error:
            number = getattr(error, "errno", None)
            why = os.strerror(number) if number and number > 0 else type(error).__name__
            return NameAnswer(question=question, problem=why)
        return NameAnswer(question=question, addresses=tuple(sorted(found)[:_MOST]))

    async def _response(self, query: dns.message.Message, place: tuple[str, int]) -> dns.message.Message:
        address, port = place
        for _ in range(_TRIES - 1):
            try:
                return await self._once(query, address, port)
            except dns.exception.Timeout:
                continue
        return await self._once(query, address, port)

    async def _once(self, query: dns.message.Message, address: str, port: int) -> dns.message.Message:
        seconds = self._settings.answer_seconds
        response, _ = await dns.asyncquery.udp_with_fallback(query, address, timeout=seconds, port=port)
        return response


def _addresses(response: dns.message.Message) -> set[str]:
    rows = [cast("Iterable[object]", rrset) for rrset in response.answer if rrset.rdtype in _TYPES]
    return {str(one) for row in rows for one in row}


PLUGIN = NameAsker
