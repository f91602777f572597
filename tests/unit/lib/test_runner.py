"""The runner's language: what is sent cannot be run in part, what comes back cannot be forged."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

from steward.lib.runner import (
    SHELL_COMMAND,
    Frame,
    FrameReader,
    Job,
    Look,
    NewFile,
    StreamError,
    call_program,
    order_program,
    reading_program,
    source,
)

SHELLS = ["dash", "bash", "busybox"]
NONCE = "0123456789abcdef"


def words(shell: str) -> list[str]:
    binary = shutil.which(shell)
    if binary is None:
        pytest.skip(f"{shell} is not installed")
    return [binary, "ash"] if shell == "busybox" else [binary]


def job(tmp_path: Path) -> Job:
    return Job(
        key="key-1",
        argv=("/bin/sh", "-c", f"echo x >>{tmp_path}/effect"),
        cwd="/",
        environment={"A": "b'c\nd"},
        stdin=b"\0\xff",
        files=(NewFile(destination=f"{tmp_path}/file", mode="0600", owner="", content=b"x" * 100),),
        timeout_seconds=10,
        output_limit=100,
        control_plane="cp",
        epoch=1,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_cut_anywhere_runs_nothing(shell: str, tmp_path: Path):
    program = order_program(source(), NONCE, job(tmp_path), after=0, is_streamed=False)
    size = len(program)
    places = sorted({*range(0, size - 2, 1499), *range(size - 40, size - 2)})
    for place in places:
        done = subprocess.run(
            [*words(shell), "-s"],
            input=program[:place],
            capture_output=True,
            check=False,
            env={"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")},
        )
        assert done.stdout == b"", place
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["sh", *SHELLS, "zsh", "fish", "csh", "tcsh", "mksh"])
def test_every_login_shell_takes_the_constant_command(shell: str):
    program = reading_program(
        source(), NONCE, [Look(argv=("echo", "$0"), timeout_seconds=5, output_limit=99, needs_root=False)]
    )
    done = subprocess.run([*words(shell), "-c", SHELL_COMMAND], input=program, capture_output=True, check=True)
    frames = FrameReader(NONCE, 10_000).feed(done.stdout)
    assert frames == [Frame(kind="out", words=("1", "0", "0"), payload=b"$0\n"), Frame(kind="end")]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("part", ["shared", "reading", "marker", "leader"])
def test_the_text_is_sound_in_every_shell(shell: str, part: str):
    subprocess.run([*words(shell), "-n"], input=getattr(source(), part).encode(), check=True)


def test_no_comment_is_sent():
    sent = call_program(source(), NONCE, "ask", "key-1").decode()
    assert not [line for line in sent.splitlines() if line.lstrip().startswith("#")]
    assert sent.endswith("ask key-1 </dev/null\nexit 0\n}\n")


def test_no_value_of_an_order_is_readable_in_the_outer_program(tmp_path: Path):
    program = order_program(source(), NONCE, job(tmp_path), after=0, is_streamed=False)
    assert str(tmp_path).encode() not in program
    leader = next(line for line in program.splitlines() if line.startswith(b"leader="))
    assert str(tmp_path).encode() in base64.b64decode(leader.removeprefix(b"leader="))


@pytest.mark.parametrize("name", ["", "1A", "A B", "A=B", "A;id", "Ä", "A\n"])
def test_a_variable_needs_a_name(name: str, tmp_path: Path):
    given = job(tmp_path)
    odd = Job(**{**vars(given), "environment": {name: "x"}})
    with pytest.raises(ValueError, match="not a name"):
        order_program(source(), NONCE, odd, after=0, is_streamed=False)


def fed(*pieces: bytes, limit: int = 100_000) -> tuple[FrameReader, list[Frame]]:
    reader = FrameReader(NONCE, limit)
    return reader, [frame for piece in pieces for frame in reader.feed(piece)]


def told(kind: str, payload: bytes = b"") -> bytes:
    mark = NONCE.encode()
    return mark + b" " + kind.encode() + b"\n" + base64.encodebytes(payload) + mark + b" .\n"


def test_frames_come_out_however_the_stream_is_cut():
    stream = b"Welcome to far\n" + told("out 1 0 0", bytes(range(256)) * 3) + told("end")
    whole, frames = fed(stream)
    pieces, again = fed(*(stream[at : at + 1] for at in range(len(stream))))
    assert (
        frames == again == [Frame(kind="out", words=("1", "0", "0"), payload=bytes(range(256)) * 3), Frame(kind="end")]
    )
    assert whole.is_complete
    assert pieces.is_complete
    assert whole.noise == "Welcome to far\n"


def test_lines_of_another_mark_are_noise():
    reader, frames = fed(b"fedcba9876543210 out 1 0 0\nQUJD\nfedcba9876543210 .\n", told("tick"))
    assert frames == [Frame(kind="tick")]
    assert not reader.is_complete
    assert "QUJD" in reader.noise


def test_what_is_no_base64_within_a_frame_is_noise():
    mark = NONCE.encode()
    reader, frames = fed(mark + b" out 1 0 0\nQUJD\nmkdir: cannot create\n" + mark + b" .\n")
    assert frames[0].payload == b"ABC"
    assert reader.noise == "mkdir: cannot create\n"


def test_more_than_the_limit_is_an_error():
    with pytest.raises(StreamError, match="more than 1000 bytes"):
        fed(*[b"x" * 100] * 11, limit=1000)


def test_an_endless_line_is_not_kept():
    reader, _ = fed(*[b"x" * 5000] * 10)
    assert len(reader._rest) <= 8192
    assert len(reader.noise) <= 2000


def test_a_frame_that_never_began_is_an_error():
    with pytest.raises(StreamError, match="never began"):
        fed(NONCE.encode() + b" .\n")


def test_broken_base64_is_an_error():
    with pytest.raises(StreamError):
        fed(NONCE.encode() + b" out 1 0 0\nQUJDR\n")
