"""The language spoken with `runner*.sh` on a machine: programs out, frames back. Nothing here does I/O to a machine.

    program  = `{` functions of runner*.sh, values, one call `}`        all on standard input of `/bin/sh -s`
    frame    = `NONCE kind words`, base64 lines, `NONCE .`              all on its standard output

The nonce is drawn for each program, so that neither the greeting of a login shell nor the output of a command, which
travels in base64 only, can pass for a frame.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from steward.lib.record import record
from steward.lib.shell import join, quote

SHELL_COMMAND = "exec /bin/sh -s"
"""The one command ever sent to a login shell; sh, bash, zsh, fish and csh all read it alike."""

READINGS_AT_ONCE = 6
"""Readings a machine runs side by side: one that hangs delays nobody, and a small board is not swamped."""

_NOISE_KEPT = 2_000
_LONGEST_LINE = 8_192
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class StreamError(Exception):
    """The machine answered in a way the runner never does."""


@record
class Look:
    """One reading as the machine runs it."""

    argv: tuple[str, ...]
    """Exact words."""
    timeout_seconds: int
    """Deadline."""
    output_limit: int
    """Most bytes kept of each stream."""
    needs_root: bool
    """Whether it runs through `sudo -n`."""


@record
class NewFile:
    """One file as the machine writes it."""

    destination: str
    """Absolute path."""
    mode: str
    """Octal permissions."""
    owner: str
    """`user:group`, or empty."""
    content: bytes
    """The bytes."""


@record
class Job:
    """One effect as the machine carries it out."""

    key: str
    """Idempotency key."""
    argv: tuple[str, ...]
    """Exact words."""
    cwd: str
    """Working directory."""
    environment: Mapping[str, str]
    """Variables of the program."""
    stdin: bytes
    """Its standard input."""
    files: tuple[NewFile, ...]
    """Files written before."""
    timeout_seconds: int
    """Deadline."""
    output_limit: int
    """Most bytes of output kept."""
    control_plane: str
    """Who orders it."""
    epoch: int
    """Which start of it."""


@record
class Frame:
    """One answer of the runner."""

    kind: str
    """What it tells."""
    words: tuple[str, ...] = ()
    """Values."""
    payload: bytes = b""
    """Bytes."""


@record
class Source:
    """The text of the runner, in parts, with its comments and crash points."""

    shared: str
    """What every program has."""
    reading: str
    """What looks."""
    marker: str
    """What decides."""
    leader: str
    """What acts."""

    def replace(self, old: str, new: str) -> Source:
        """Return the text with something replaced: tests turn crash points into crashes."""
        return Source(
            shared=self.shared.replace(old, new),
            reading=self.reading.replace(old, new),
            marker=self.marker.replace(old, new),
            leader=self.leader.replace(old, new),
        )


def source() -> Source:
    """Return the text of the runner as it is shipped."""
    return Source(
        shared=_file("runner.sh"),
        reading=_file("runner_reading.sh"),
        marker=_file("runner_marker.sh"),
        leader=_file("runner_leader.sh"),
    )


def reading_program(text: Source, nonce: str, looks: Sequence[Look]) -> bytes:
    """Return the program that runs readings and answers `out` and `err` frames by position, from 1."""
    cases: list[str] = []
    for number, look in enumerate(looks, 1):
        root = "1" if look.needs_root else "0"
        cases.append(f"{number}) look {look.output_limit + 1} {root} {join(look.argv)} ;;")
    seconds = [f"seconds_{number}={look.timeout_seconds}" for number, look in enumerate(looks, 1)]
    call = f"readings {len(looks)} {READINGS_AT_ONCE} </dev/null"
    return _program(nonce, [text.shared, text.reading], ["reading() { case $1 in", *cases, "esac; }", *seconds, call])


def order_program(text: Source, nonce: str, job: Job, *, after: int, is_streamed: bool) -> bytes:
    """Return the program that starts a job at most once, or attaches to it, and tells its end."""
    words = [job.key, str(after), str(int(is_streamed)), job.control_plane, str(job.epoch)]
    values = [f"leader={_base64(_leader(text, job))}", f"order {join(words)} </dev/null"]
    return _program(nonce, [text.shared, text.marker], values)


def call_program(text: Source, nonce: str, function: str, *words: str) -> bytes:
    """Return the program that calls one function of the marker: `ask KEY`, `finish KEY`, `take_over ID EPOCH`."""
    return _program(nonce, [text.shared, text.marker], [f"{function} {join(words)} </dev/null"])


def _leader(text: Source, job: Job) -> bytes:
    files = [
        f"put_file {join([file.destination, file.mode, file.owner, _base64(file.content)])} || return 1"
        for file in job.files
    ]
    body = [
        "files() { :",
        *files,
        "}",
        "variables() { :",
        *_exports(job.environment),
        "}",
        f"input() {{ echo {quote(_base64(job.stdin))} | base64 -d; }}",
        f"lead {quote(job.control_plane)} {job.epoch} {job.timeout_seconds} {job.output_limit} "
        f"{quote(job.cwd)} {int(bool(job.stdin))} {join(job.argv)} </dev/null",
    ]
    return _braced([*map(_stripped, (text.shared, text.marker, text.leader)), *body])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _exports(environment: Mapping[str, str]) -> Iterable[str]:
    for name, value in environment.items():
        if not _VARIABLE.match(name):
            msg = f"`{name}` is not a name of a variable"
            raise ValueError(msg)
        yield f"export {name}={quote(value)}"


def _program(nonce: str, parts: Sequence[str], body: Sequence[str]) -> bytes:
    return _braced(["exec 2>&1", "unset state attempt", f"nonce={nonce}", *map(_stripped, parts), *body])


def _braced(lines: Sequence[str]) -> bytes:
    return ("{\n" + "\n".join(lines) + "\nexit 0\n}\n").encode("utf-8", "surrogateescape")


def _file(name: str) -> str:
    return resources.files("steward.lib").joinpath(name).read_text()


def _stripped(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))


class FrameReader:
    """Turns the bytes of one answer into frames, in bounded memory, whatever the machine sends."""

    def __init__(self, nonce: str, limit: int) -> None:
        self.noise = ""
        self.is_complete = False
        self._mark = nonce.encode()
        self._limit = limit
        self._seen = 0
        self._rest = b""
        self._open: Frame | None = None
        self._payload = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes and return the frames they complete.

        Raises:
            StreamError: more than the limit was sent, or a frame is broken.
        """
        self._seen += len(data)
        if self._seen > self._limit:
            msg = f"more than {self._limit} bytes were sent"
            raise StreamError(msg)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [frame for line in lines if (frame := self._line(line)) is not None]

    def _line(self, line: bytes) -> Frame | None:
        mark, _, told = line.partition(b" ")
        if mark != self._mark:
            self._take(line)
            return None
        if told != b".":
            kind, *words = told.decode("utf-8", "replace").split(" ")
            self._open, self._payload = Frame(kind=kind, words=tuple(words)), bytearray()
            return None
        if self._open is None:
            msg = "a frame ended that never began"
            raise StreamError(msg)
        frame = Frame(kind=self._open.kind, words=self._open.words, payload=bytes(self._payload))
        self._open, self.is_complete = None, frame.kind == "end"
        return frame

    def _take(self, line: bytes) -> None:
        if self._open is not None and _BASE64_LINE.match(line):
            try:
                self._payload += binascii.a2b_base64(line, strict_mode=True)
            except binascii.Error as error:
                raise StreamError(str(error)) from error
        elif line:
            self.noise = (self.noise + line.decode("utf-8", "replace") + "\n")[-_NOISE_KEPT:]
