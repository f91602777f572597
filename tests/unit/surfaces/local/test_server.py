"""The socket: whatever is sent, one answer comes; only the secret makes a person, only in its own terminal."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import stat
import sys
import termios
from datetime import datetime, timedelta
from typing import Self

import pytest

from steward.lib.wire import MAX_LINE_BYTES
from steward.surfaces.local import server
from steward.surfaces.local.peer import Peer
from tests.unit.surfaces.local.conftest import SECRET, Daemon

CLIENT = """
import json, socket, sys
for line in sys.stdin:
    if not line.strip():
        break
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(sys.argv[1])
        connection.sendall(line.encode())
        print(connection.makefile().readline(), end="", flush=True)
"""


def line(command: str = "look", password: str = "", **given: object) -> bytes:
    proof = {"password": password} if password else None
    return json.dumps({"command": command, "input": given, "proof": proof}).encode() + b"\n"


async def ask(daemon: Daemon, data: bytes) -> list[dict]:
    reader, writer = await asyncio.open_unix_connection(daemon.path, limit=MAX_LINE_BYTES * 2)
    writer.write(data)
    await writer.drain()
    if not data.endswith(b"\n"):
        writer.write_eof()
    replies = [json.loads(reply) async for reply in reader]
    writer.close()
    await writer.wait_closed()
    return replies


class Session:
    """A process in a session of its own, with or without a terminal."""

    def __init__(self, daemon: Daemon, *, has_terminal: bool) -> None:
        self._path = str(daemon.path)
        self._pty = os.openpty() if has_terminal else None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            CLIENT,
            self._path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=self._own_session,
        )
        return self

    def _own_session(self) -> None:
        os.setsid()
        if self._pty:
            fcntl.ioctl(self._pty[1], termios.TIOCSCTTY, 0)

    async def ask(self, data: bytes) -> dict:
        self._process.stdin.write(data)
        await self._process.stdin.drain()
        return json.loads(await self._process.stdout.readline())

    async def __aexit__(self, *_: object) -> None:
        self._process.stdin.close()
        await self._process.wait()
        for end in self._pty or ():
            os.close(end)


async def test_the_socket_belongs_to_its_user_alone(daemon: Daemon):
    assert stat.S_IMODE(daemon.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(daemon.path.parent.stat().st_mode) == 0o700


async def test_who_asks_is_told_by_the_kernel_and_not_by_the_request(daemon: Daemon):
    request = {"command": "look", "input": {}, "actor": {"id": "owner"}, "principal": "owner", "strength": "passkey"}
    (reply,) = await ask(daemon, json.dumps(request).encode() + b"\n")
    assert reply["result"] == {"by": f"uid-{os.getuid()}", "strength": "none", "text": ""}


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"hello\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b'{"command": 5}\n',
        b'{"command": "look", "input": []}\n',
        b'{"command": "look", "dry_run": "yes"}\n',
        b'{"command": "look", "proof": "x"}\n',
        b'{"command": "look"',
        b"\xff\xfe\x00\n",
        b'{"command": "look", "input": {"text": NaN}}\n',
        b'{"command": "look", "input": {"text": 5}}\n',
        b'{"command": "look", "input": {"text": "\\ud800"}}\n',
        b'{"command": ' + b"[" * 100_000 + b"\n",
    ],
)
async def test_a_line_that_is_no_request_gets_one_answer_that_says_so(daemon: Daemon, data: bytes):
    (reply,) = await ask(daemon, data)
    assert reply["error"]["kind"] == "InvalidInput"
    assert reply["error"]["exit_code"] == 2
    assert (await ask(daemon, line()))[0]["exit_code"] == 0


async def test_a_line_beyond_the_limit_is_refused_and_the_server_lives_on(daemon: Daemon):
    reader, writer = await asyncio.open_unix_connection(daemon.path)

    async def pour() -> None:
        for _ in range(MAX_LINE_BYTES // 65_536 + 4):
            writer.write(b"x" * 65_536)
            await writer.drain()

    pouring = asyncio.ensure_future(pour())
    answer = await reader.readline()
    await asyncio.gather(pouring, return_exceptions=True)
    writer.close()
    assert json.loads(answer)["error"]["kind"] == "InvalidInput"
    assert (await ask(daemon, line()))[0]["exit_code"] == 0


async def test_a_line_just_within_the_limit_is_read(daemon: Daemon):
    text = "x" * (MAX_LINE_BYTES - 200)
    (reply,) = await ask(daemon, line(text=text)[:MAX_LINE_BYTES])
    assert reply["result"]["text"] == text


async def test_an_answer_beyond_the_limit_becomes_an_error_and_is_never_cut(daemon: Daemon):
    (reply,) = await ask(daemon, line(text="huge"))
    assert reply["error"]["kind"] == "InvalidInput"


async def test_an_unknown_command_gets_the_nearest_name(daemon: Daemon):
    (reply,) = await ask(daemon, line("lok"))
    assert reply["error"]["kind"] == "NotFound"
    assert "`look`" in reply["error"]["next_step"]


async def test_a_stream_gives_its_events_and_then_its_answer(daemon: Daemon):
    replies = await ask(daemon, line(text="emit"))
    assert [reply["event"]["number"] for reply in replies[:3]] == [0, 1, 2]
    assert replies[3]["result"]["text"] == "emit"


async def test_a_secret_in_events_and_answers_is_masked(daemon: Daemon):
    daemon.core.redactor.add("token", "hunter2hunter2")
    replies = await ask(daemon, line(text="emit hunter2hunter2"))
    assert len(replies) == 4
    assert "hunter2" not in json.dumps(replies)


async def test_a_client_that_goes_away_leaves_the_server_answering(daemon: Daemon):
    for data in (b"", b'{"comm', line(text="emit")):
        _, writer = await asyncio.open_unix_connection(daemon.path)
        writer.write(data)
        writer.close()
    assert (await ask(daemon, line()))[0]["exit_code"] == 0


async def test_a_mistake_of_ours_is_logged_under_the_id_the_answer_gives(daemon: Daemon, caplog):
    with caplog.at_level(logging.ERROR, logger="steward.local"):
        (reply,) = await ask(daemon, line(text="break"))
    found = reply["error"]["diagnostic_id"]
    assert reply["error"]["kind"] == "Bug"
    assert len(found) == 8
    assert found in reply["error"]["next_step"]
    assert [record.exc_info[0] for record in caplog.records if found in record.getMessage()] == [ZeroDivisionError]
    assert "ZeroDivision" not in json.dumps(reply)


async def test_without_proof_a_decision_says_what_it_needs(daemon: Daemon):
    (reply,) = await ask(daemon, line("decide"))
    assert (reply["error"]["kind"], reply["error"]["needs"]) == ("NeedsProof", "step_up")


async def test_the_secret_serves_the_request_it_came_with(daemon: Daemon):
    async with Session(daemon, has_terminal=False) as session:
        assert (await session.ask(line("decide", SECRET)))["result"]["by"] == "owner"
        assert (await session.ask(line("decide")))["error"]["kind"] == "NeedsProof"


async def test_in_the_same_terminal_the_secret_is_not_asked_again_for_five_minutes(daemon: Daemon):
    async with Session(daemon, has_terminal=True) as session:
        assert (await session.ask(line("decide")))["error"]["kind"] == "NeedsProof"
        assert (await session.ask(line("decide", SECRET)))["result"]["by"] == "owner"
        assert (await session.ask(line("decide")))["result"]["by"] == "owner"
        daemon.world.clock.advance(301)
        assert (await session.ask(line("decide")))["error"]["kind"] == "NeedsProof"


async def test_no_other_session_inherits_the_secret(daemon: Daemon):
    async with (
        Session(daemon, has_terminal=True) as mine,
        Session(daemon, has_terminal=True) as other,
        Session(daemon, has_terminal=False) as agent,
    ):
        assert (await mine.ask(line("decide", SECRET)))["result"]["by"] == "owner"
        assert (await other.ask(line("decide")))["error"]["kind"] == "NeedsProof"
        assert (await agent.ask(line("decide")))["error"]["kind"] == "NeedsProof"
        assert (await mine.ask(line("decide")))["result"]["by"] == "owner"


async def test_five_wrong_secrets_lock_the_door_for_five_minutes(daemon: Daemon):
    for _ in range(5):
        assert (await ask(daemon, line("decide", "wrong guess")))[0]["error"]["kind"] == "NotAllowed"
    assert (await ask(daemon, line("decide", SECRET)))[0]["error"]["kind"] == "TryLater"
    assert (await ask(daemon, line("look")))[0]["exit_code"] == 0
    daemon.world.clock.advance(301)
    assert (await ask(daemon, line("decide", SECRET)))[0]["result"]["by"] == "owner"


async def test_no_refusal_repeats_the_secret(daemon: Daemon):
    replies = await ask(daemon, line("decide", "wrong-guess-1")) + await ask(daemon, line("decid", SECRET))
    assert "wrong-guess-1" not in json.dumps(replies)
    assert SECRET not in json.dumps(replies)


async def test_an_agent_may_propose_over_the_socket_and_nothing_runs(daemon: Daemon):
    given = {"machine": "m1", "name": "a", "value": "b"}
    (reply,) = await ask(daemon, line("setting.put", **given))
    assert reply["exit_code"] == 12
    assert daemon.world.host().markers == {}


async def test_another_user_is_told_whose_steward_this_is_whatever_the_mode_of_the_socket(daemon: Daemon, monkeypatch):
    mine = os.getuid()
    monkeypatch.setattr(server, "peer_of", lambda _socket: Peer(uid=mine + 1, terminal=""))
    for data in (line(), line("decide", SECRET), b"hello\n"):
        (reply,) = await ask(daemon, data)
        assert reply["error"]["kind"] == "NotAllowed"
        assert f"belongs to user {os.geteuid()}" in reply["error"]["what"]
        assert f"user {mine + 1}" in reply["error"]["why"]
    monkeypatch.setattr(server, "peer_of", lambda _socket: Peer(uid=0, terminal=""))
    assert (await ask(daemon, line()))[0]["result"]["by"] == "uid-0"


async def test_whose_process_asks_is_what_the_kernel_says(daemon: Daemon, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 65_533)
    monkeypatch.setattr(server, "_ROOT", 65_533)
    (reply,) = await ask(daemon, line())
    assert reply["error"]["kind"] == "NotAllowed"
    assert f"you are user {os.getuid()}" in reply["error"]["why"]


async def test_what_is_asked_in_a_terminal_waits_a_quarter_of_an_hour_and_else_half_a_day(daemon: Daemon):
    waits = []
    for has_terminal in (True, False):
        async with Session(daemon, has_terminal=has_terminal) as session:
            given = {"machine": "m1", "name": "a", "value": str(has_terminal)}
            approval = (await session.ask(line("setting.put", **given)))["result"]["approval"]
            waits.append(datetime.fromisoformat(approval["expires"]) - datetime.fromisoformat(approval["created"]))
    assert waits == [timedelta(minutes=15), timedelta(hours=12)]
