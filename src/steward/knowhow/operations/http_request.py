"""Send one request over HTTP from a machine, at most once."""

from __future__ import annotations

import re
from typing import Literal

from steward.knowhow import http_request_script as script
from steward.knowhow.http_targets import HttpTarget, target_of
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.plan import EnvironmentValue
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk
from steward.model.secret import SCHEME, SecretRef, referenced

_HEADER = re.compile(r"([A-Za-z0-9-]{1,60}): ([ -~]{0,1000})")
_SET_BY_CURL = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect"})
_MOST_HEADERS = 20
_MOST_CHARACTERS = 16_384
_LOOKS = frozenset({"GET", "HEAD"})


@record
class SendRequest:
    """Send one HTTP request with curl from a machine; redirects are not followed. What is printed is the answer."""

    machine: str
    """Machine it is sent from, by name or id."""
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    """Method. Whatever is not GET or HEAD counts as something nobody can put back."""
    url: str
    """Address: `http://nas:8080/api/scan`. Its host is a machine of the inventory or named in `outside.yaml`."""
    status: int = 0
    """Status that counts as success; 0: any from 200 to 299."""
    headers: str = ""
    """Headers, one a line, `Name: value`; one value may end with `secret://NAME`."""
    body: str = ""
    """What is sent along; empty for nothing."""


def build(command: SendRequest, snapshot: Snapshot) -> Blueprint:
    """Work the request out; a host that is not allowed is refused."""
    where = snapshot.machine.name
    target = target_of(command.url, snapshot.wanted.http_targets)
    if isinstance(target, str):
        step = "name the host in `http_targets` of outside.yaml if requests may go there"
        raise InvalidInput(
            f"no request is sent to {visible_line(command.url)}", where=where, why=target, next_step=step
        )
    if why := _why_not(command):
        raise InvalidInput("the request is not sent", where=where, why=why)
    words, secret = _headers(command.headers, where)
    action = Action(
        argv=script.argv(
            command.method, command.url, command.status, target.resolve, "yes" if command.body else "no", *words
        ),
        needs_root=False,
        stdin=command.body,
        environment=() if secret is None else (EnvironmentValue(name=script.VARIABLE, secret=secret),),
    )
    looks = command.method in _LOOKS
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.NETWORK, f"{target.host}:{target.port}"),
        action=action,
        says=f"Send {command.method} {command.url}",
        effects=_effects(command, target, words, secret),
        preconditions=(),
        verify=(),
        undo=Undo(says="Nothing was changed")
        if looks
        else Undo(says="A request that was sent cannot be taken back", is_possible=False),
        risk=Risk.REVERSIBLE if looks else Risk.DESTRUCTIVE,
    )


def _why_not(command: SendRequest) -> str:
    if command.status and not 100 <= command.status <= 599:
        return "a status is from 100 to 599, or 0"
    if "\0" in command.body or len(command.body) > _MOST_CHARACTERS:
        return f"its body may hold {_MOST_CHARACTERS} characters, none of them NUL"
    return "GET and HEAD carry no body" if command.body and command.method in _LOOKS else ""


def _headers(text: str, where: str) -> tuple[tuple[str, ...], SecretRef | None]:
    """Return two words for each header, and the one secret."""
    words: list[str] = []
    secret: SecretRef | None = None
    for line in text.splitlines()[: _MOST_HEADERS + 1]:
        match = _HEADER.fullmatch(line)
        if match is None or match[1].lower() in _SET_BY_CURL or len(words) >= 2 * _MOST_HEADERS:
            why = f"at most {_MOST_HEADERS} lines `Name: value` of plain characters; curl sets Host and the like itself"
            raise InvalidInput(f"`{visible_line(line[:60])}` is no header", where=where, why=why)
        before, scheme, name = line.partition(SCHEME)
        if not scheme:
            words += [line, ""]
            continue
        if secret is not None or referenced(scheme + name) is None:
            why = "one header may end with `secret://NAME`, and nothing stands behind the name"
            raise InvalidInput("the secret of the request cannot be told", where=where, why=why)
        secret = SecretRef(name=name)
        words += [before, script.VARIABLE]
    return tuple(words), secret


def _effects(
    command: SendRequest, target: HttpTarget, words: tuple[str, ...], secret: SecretRef | None
) -> tuple[str, ...]:
    success = str(command.status) if command.status else "from 200 to 299"
    told = [
        f"{command.method} goes to {target.host}, port {target.port}; a status {success} counts as success",
        f"with {plural(len(words) // 2, 'header')}"
        + (f", one of them with the secret {secret.name}" if secret else ""),
    ]
    told += [f"| {line}" for line in command.body.splitlines()[:100]]
    more = len(command.body.splitlines()) - 100
    return (*told, *((f"and {plural(more, 'line')} more of the body",) if more > 0 else ()))


PLUGIN = Operation[SendRequest](
    name="http.request",
    input=SendRequest,
    risk=Risk.REVERSIBLE,
    needs=(),
    build=build,
    sudoers=(),
    examples=(
        Example(line="http request m1 GET http://nas:8080/health", does="Ask nas from m1 whether it is well."),
        Example(
            line="http request m1 POST http://nas:8080/api/scan --headers='Authorization: Bearer secret://scan-token'",
            does="Have nas scan its photos.",
        ),
    ),
)
