"""Every executor keeps the promises of `ports/executor.py`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

import pytest

from steward.model.errors import Braked, Fenced, InvalidInput, LinkLost, NeedsPerson, Unreachable
from steward.model.fact import Reading
from steward.model.fence import Fence
from steward.model.machine import Transport
from steward.ports.executor import MarkerState
from tests.suites.executors import FENCE, TEXT, Place, file, here, is_alive, place, until

__all__ = ["place"]

BEFORE_START = ("connected", "owned", "fenced", "claimed", "ready")
AFTER_START = ("started", "files", "effect-done", "before-result", "result")


def reading(name: str, *argv: str, **changes: object) -> Reading:
    return Reading(name=name, argv=argv, **changes)  # type: ignore[arg-type]


# ---- read -----------------------------------------------------------------------------------------------------------


async def test_readings_come_back_by_name_with_status_and_both_streams(place: Place):
    outputs = await place.executor().read(
        place.machine,
        [
            reading("kernel", "uname", "-s"),
            reading("words", "printf", "%s|", "a b", "$HOME", "*", "'\"`", "two\nlines"),
            reading("failing", "/bin/sh", "-c", "echo out; echo err >&2; exit 7"),
            reading("missing", "/no/such/program"),
        ],
    )
    assert outputs["kernel"].stdout == "Linux\n"
    assert outputs["words"].stdout == "a b|$HOME|*|'\"`|two\nlines|"
    assert (outputs["failing"].exit_code, outputs["failing"].stdout, outputs["failing"].stderr) == (7, "out\n", "err\n")
    assert outputs["missing"].exit_code == 127
    assert "/no/such/program" in outputs["missing"].stderr


async def test_a_reading_sees_a_plain_locale_and_the_administrators_path(place: Place):
    script = 'echo "$LC_ALL $PATH"; cat'
    outputs = await place.executor().read(place.machine, [reading("environment", "/bin/sh", "-c", script)])
    assert outputs["environment"].stdout.startswith("C /")
    assert "/usr/sbin:" in outputs["environment"].stdout


async def test_bytes_that_are_no_text_are_replaced_and_frames_cannot_be_forged(place: Place):
    forged = r"printf '\377\000ok\nout 1 0 0\n. \n'; env | grep nonce; exit 3"
    outputs = await place.executor().read(
        place.machine, [reading("binary", "/bin/sh", "-c", forged), reading("next", "echo", "mine")]
    )
    assert outputs["binary"].stdout == "\ufffd\0ok\nout 1 0 0\n. \n"
    assert outputs["binary"].exit_code == 3
    assert outputs["next"].stdout == "mine\n"


async def test_output_is_cut_at_its_limit_on_the_machine(place: Place):
    outputs = await place.executor().read(
        place.machine,
        [
            reading("large", "/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; exit 4", output_limit=1000),
            reading("exact", "/bin/sh", "-c", "head -c 1000 /dev/zero | tr '\\0' y", output_limit=1000),
        ],
    )
    assert outputs["large"].stdout == "x" * 1000
    assert outputs["large"].is_truncated
    assert outputs["large"].exit_code == 4
    assert outputs["exact"].stdout == "y" * 1000
    assert not outputs["exact"].is_truncated


async def test_a_reading_that_meets_its_deadline_is_an_output_and_delays_no_other(place: Place):
    stubborn = "trap '' TERM; echo begun; sleep 1000 & wait; sleep 1000"
    outputs = await place.executor().read(
        place.machine,
        [
            reading("hangs", "/bin/sh", "-c", stubborn, timeout_seconds=3),
            reading("escapes", "/bin/sh", "-c", "echo begun; setsid sleep 20 & wait", timeout_seconds=3),
            reading("fine", "echo", "fine"),
        ],
    )
    assert outputs["fine"].stdout == "fine\n"
    for name in ("hangs", "escapes"):
        assert outputs[name].exit_code is None
        assert outputs[name].is_timed_out
        assert outputs[name].stdout == "begun\n"


async def test_reading_leaves_nothing_behind(place: Place):
    executor = place.executor()
    before = set(Path("/dev/shm").glob("steward-read.*"))
    await executor.read(place.machine, [reading(f"r{number}", "echo", "x") for number in range(20)])
    left = set(Path("/dev/shm").glob("steward-read.*")) - before  # some may be of others, who look just now
    await until(lambda: not any(path.exists() for path in left))
    assert not (place.state / "steward").exists()


# ---- run ------------------------------------------------------------------------------------------------------------


async def test_an_order_runs_with_exact_words_its_own_environment_input_and_files(place: Place):
    script = 'echo "$1|$SECRET|$HIDDEN"; cat; cat "$2"; pwd; umask'
    written = place.work / "a file"
    order = place.order(
        argv=("/bin/sh", "-c", script, "sh", "a b'\"$(id)", str(written)),
        environment={"SECRET": "s'ecret\n$HOME"},
        stdin=b"input \xff\n",
        files=(file(written, b"content \x00\n", mode="0640"),),
        cwd=str(place.work),
    )
    report = await place.executor().run(place.machine, order)
    assert report.output == f"a b'\"$(id)|s'ecret\n$HOME|\ninput \ufffd\ncontent \0\n{place.work}\n0022\n"
    assert (report.state, report.exit_code, report.was_attached) == (MarkerState.DONE, 0, False)
    assert written.stat().st_mode & 0o7777 == 0o640
    assert sorted(path.name for path in place.work.iterdir()) == ["a file"]


async def test_a_program_gets_nothing_of_the_runners_own_environment(place: Place):
    report = await place.executor().run(place.machine, place.order(argv=("/usr/bin/env",)))
    names = {line.partition("=")[0] for line in report.output.splitlines()}
    assert names <= {"HOME", "USER", "LOGNAME", "SHELL", "PATH", "LC_ALL", "PWD", "SHLVL", "_"}


async def test_a_file_that_cannot_be_written_keeps_the_program_from_starting(place: Place):
    order = place.order(files=(file(place.work / "none" / "x", b"x"),))
    report = await place.executor().run(place.machine, order)
    assert report.exit_code == 125
    assert f"cannot write {place.work}/none/x" in report.output
    assert place.effects() == 0


async def test_output_is_passed_on_while_it_comes_and_the_last_part_is_kept_with_the_hash_of_all(place: Place):
    if place.machine.transport is Transport.QM:
        pytest.skip("a guest agent tells all output at the end")
    lines: list[str] = []
    gate = place.work / "gate"

    async def on_output(text: str) -> None:
        lines.extend(text.split("\n"))
        if "first" in lines:
            gate.touch()

    script = f"echo first; while [ ! -e {gate} ]; do sleep 0.05; done; seq 1 5000; printf end"
    report = await place.executor().run(place.machine, place.order(script=script, output_limit=100), on_output)
    whole = "first\n" + "".join(f"{number}\n" for number in range(1, 5001)) + "end"
    assert lines[0] == "first"
    assert report.output == whole[-100:]
    assert report.is_truncated
    assert report.output_hash == hashlib.sha256(whole.encode()).hexdigest()


async def test_a_gigabyte_of_output_is_hashed_and_not_kept(place: Place):
    script = "head -c 200000000 /dev/zero"
    report = await place.executor().run(place.machine, place.order(script=script, output_limit=1000))
    assert report.exit_code == 0
    assert report.output == "\0" * 1000
    assert sum(seen.st_size for seen in _stats(place.attempt().iterdir()).values()) < 20_000


def _stats(paths: Iterable[Path]) -> dict[Path, os.stat_result]:
    """What is there of these: a leader takes its pipes away right after its result."""
    found: dict[Path, os.stat_result] = {}
    for path in paths:
        with suppress(FileNotFoundError):
            found[path] = path.stat()
    return found


async def test_what_a_program_leaves_behind_neither_holds_up_the_report_nor_is_broken(place: Place):
    survivor, gate = place.work / "survivor", place.work / "gate"
    wait = f"tries=0; while [ ! -e {gate} ] && [ $tries -lt 2400 ]; do sleep 0.05; tries=$((tries + 1)); done"
    script = f"(trap '' HUP; {wait}; echo late; echo still >{survivor}; sleep 30) & echo started"
    report = await place.executor().run(place.machine, place.order(script=script, timeout_seconds=60))
    assert (report.exit_code, report.output) == (0, "started\n")
    assert not survivor.exists()
    gate.touch()
    await until(survivor.exists)


async def test_a_doubled_order_takes_effect_once(place: Place):
    executors = [place.executor() for _ in range(4)]
    order = place.order(script="sleep 0.3; echo done")
    reports = await asyncio.gather(*(executor.run(place.machine, order) for executor in executors))
    again = await executors[0].run(place.machine, order)
    assert place.effects() == 1
    assert {(report.state, report.exit_code, report.output) for report in [*reports, again]} == {
        (MarkerState.DONE, 0, "done\n")
    }
    assert sorted(report.was_attached for report in reports) == [False, True, True, True]
    assert again.was_attached


async def test_the_deadline_ends_the_whole_process_group(place: Place):
    script = f"trap '' TERM; sleep 500 & echo $! >{place.work}/child; sleep 501 & wait; wait; sleep 502"
    report = await place.executor().run(place.machine, place.order(script=script, timeout_seconds=3))
    assert (report.state, report.exit_code, report.is_timed_out) == (MarkerState.DONE, None, True)
    assert not is_alive(place.pid("program"))
    await until(lambda: not is_alive(int((place.work / "child").read_text())))


async def test_a_program_whose_deadline_passes_before_it_begins_never_begins(place: Place):
    late = place.executor(text=TEXT.replace("identify program ||", "sleep 4; identify program ||"))
    report = await late.run(place.machine, place.order(script="sleep 600", timeout_seconds=1))
    assert (report.state, report.exit_code, report.is_timed_out) == (MarkerState.DONE, None, True)
    assert place.effects() == 0


async def test_an_order_that_makes_no_sense_is_refused_before_anything_is_sent(place: Place):
    executor = place.executor()
    for order in (
        place.order(key="Not A Key"),
        place.order(argv=()),
        place.order(argv=("-c", "x")),
        place.order(argv=("/bin/echo", "nul\0byte")),
        place.order(environment={"NO NAME": "x"}),
        place.order(files=(file(Path("relative"), b""),)),
    ):
        with pytest.raises(InvalidInput):
            await executor.run(place.machine, order)
    assert not (place.state / "steward").exists()


def guard_that_refuses(place: Place, time: int):
    """A guard that refuses the n-th time it is asked, and where it writes down what is on the machine then."""
    seen: list[bool] = []

    async def guard() -> None:
        seen.append((place.state / "steward").exists())
        if len(seen) == time:
            raise Braked("stop is on")

    return guard, seen


async def test_an_order_that_its_guard_refuses_leaves_nothing_on_the_machine(place: Place):
    executor = place.executor()
    guard, seen = guard_that_refuses(place, 1)
    with pytest.raises(Braked):
        await executor.run(place.machine, place.order(), guard=guard)
    assert seen == [False]
    assert not (place.state / "steward").exists()
    report = await executor.run(place.machine, place.order(), guard=guard)
    assert (report.exit_code, seen, place.effects()) == (0, [False, False], 1)


async def test_a_long_order_is_refused_until_its_last_bytes_are_sent(place: Place):
    if place.machine.transport is Transport.QM:
        pytest.skip("a guest agent takes 1 MiB at most, and begins nothing before the last byte")
    executor = place.executor()
    order = place.order(files=(file(place.work / "large", b"x" * 1_000_000),))
    guard, seen = guard_that_refuses(place, 2)
    with pytest.raises(Braked):
        await executor.run(place.machine, order, guard=guard)
    assert (await executor.ask(place.machine, order.key)).state is MarkerState.ABSENT
    assert (seen, place.effects(), (place.work / "large").exists()) == ([False, False], 0, False)
    assert (await executor.run(place.machine, order, guard=guard)).exit_code == 0
    assert (len(seen), place.effects()) == (4, 1)


async def test_a_secret_is_seen_in_no_argument_and_in_no_environment_but_the_programs(place: Place):
    mark = token_hex(8)  # the same test may run beside this one
    secrets = (f"{mark}-environment", f"{mark}-input", f"{mark}-file")
    target = place.work / "secret file"
    order = place.order(
        script="while read -r line; do :; done; sleep 600",  # no program that comes and goes while all are looked at
        timeout_seconds=600,
        environment={"PASSWORD": secrets[0]},
        stdin=secrets[1].encode(),
        files=(file(target, secrets[2].encode(), mode="0600"),),
    )
    executor = place.executor()
    running = asyncio.create_task(executor.run(place.machine, order))
    seen: set[tuple[str, int]] = set()
    while place.effects() == 0:
        seen |= _holders(secrets)
        await asyncio.sleep(0)
    seen |= _holders(secrets)
    mine = {pid for pid in _pids() if _group(pid) == place.pid("program")}
    kept = [path for path in place.state.rglob("*") if path.is_file() and _contains(path, secrets)]
    await executor.end(place.machine, order.key)
    await running
    assert not [pid for where, pid in seen if where == "cmdline"]
    assert {pid for where, pid in seen if where == "environ"} - {os.getpid()} <= mine
    assert kept == []


def _holders(secrets: tuple[str, ...]) -> set[tuple[str, int]]:
    return {
        (where, pid)
        for pid in _pids()
        for where in ("cmdline", "environ")
        if _contains(Path(f"/proc/{pid}/{where}"), secrets)
    }


def _contains(path: Path, secrets: tuple[str, ...]) -> bool:
    with suppress(OSError):
        data = path.read_bytes()
        return any(secret.encode() in data for secret in secrets)
    return False


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _group(pid: int) -> int:
    with suppress(OSError):
        return os.getpgid(pid)
    return -1


# ---- ask, end -------------------------------------------------------------------------------------------------------


async def test_ask_tells_absent_running_and_done(place: Place):
    executor, gate = place.executor(), place.work / "gate"
    assert (await executor.ask(place.machine, "key-1")).state is MarkerState.ABSENT
    order = place.order(script=f"echo begun; while [ ! -e {gate} ]; do sleep 0.05; done; exit 5")
    running = asyncio.create_task(executor.run(place.machine, order))
    await until(lambda: place.effects() == 1)
    told = await place.executor().ask(place.machine, "key-1")
    assert (told.state, told.exit_code) == (MarkerState.RUNNING, None)
    gate.touch()
    assert (await running).exit_code == 5
    told = await place.executor().ask(place.machine, "key-1")
    assert (told.state, told.exit_code, told.output) == (MarkerState.DONE, 5, "begun\n")


async def test_an_order_overtaken_before_its_claim_starts_nothing_and_can_be_sent_again(place: Place):
    slow = place.executor(text=TEXT.replace("#@fenced", f"while [ ! -e {place.work}/gate ]; do sleep 0.05; done"))
    running = asyncio.create_task(slow.run(place.machine, place.order()))
    await until(place.attempt().parent.exists)
    other = place.executor()
    assert (await other.ask(place.machine, "key-1")).state is MarkerState.ABSENT
    (place.work / "gate").touch()
    assert (await running).state is MarkerState.ABSENT
    assert place.effects() == 0
    assert (await other.run(place.machine, place.order())).exit_code == 0
    assert place.effects() == 1


async def test_of_two_that_asked_only_the_last_may_send(place: Place):
    first, last = place.executor(), place.executor()
    for executor in (first, last):
        assert (await executor.ask(place.machine, "key-1")).state is MarkerState.ABSENT
    assert (await first.run(place.machine, place.order())).state is MarkerState.ABSENT
    assert place.effects() == 0
    assert (await last.run(place.machine, place.order())).exit_code == 0
    assert place.effects() == 1


async def test_of_many_that_ask_and_send_at_once_no_two_start(place: Place):
    async def ask_and_send() -> MarkerState:
        executor = place.executor()
        if (await executor.ask(place.machine, "key-1")).state is not MarkerState.ABSENT:
            return MarkerState.DONE
        return (await executor.run(place.machine, place.order(script="sleep 0.2"))).state

    states = await asyncio.gather(*(ask_and_send() for _ in range(4)))
    assert set(states) <= {MarkerState.DONE, MarkerState.ABSENT}
    assert place.effects() == (MarkerState.DONE in states)


async def test_an_order_overtaken_after_its_claim_starts_nothing(place: Place):
    slow = place.executor(text=TEXT.replace("#@ready", f"while [ ! -e {place.work}/gate ]; do sleep 0.05; done"))
    running = asyncio.create_task(slow.run(place.machine, place.order()))
    await until((place.attempt() / "leader").exists)
    other = place.executor()
    assert (await other.ask(place.machine, "key-1")).state is MarkerState.ABSENT
    assert (await running).state is MarkerState.ABSENT
    (place.work / "gate").touch()
    assert (await other.run(place.machine, place.order(script="echo mine"))).output == "mine\n"
    await until(lambda: not is_alive(place.pid("leader")))
    assert place.effects() == 1


async def test_a_program_that_died_with_its_leader_is_gone_and_never_started_again(place: Place):
    executor = place.executor()
    running = asyncio.create_task(executor.run(place.machine, place.order(script="sleep 600")))
    await until(lambda: place.effects() == 1)
    os.kill(place.pid("leader"), signal.SIGKILL)
    await until(lambda: not is_alive(place.pid("leader")))
    assert (await place.executor().ask(place.machine, "key-1")).state is MarkerState.RUNNING
    os.killpg(place.pid("program"), signal.SIGKILL)
    assert (await running).state is MarkerState.GONE
    assert (await executor.ask(place.machine, "key-1")).state is MarkerState.GONE
    assert (await executor.run(place.machine, place.order())).state is MarkerState.GONE
    assert place.effects() == 1


async def test_a_leader_of_an_earlier_boot_or_another_process_of_its_number_is_gone(place: Place):
    executor = place.executor()
    running = asyncio.create_task(executor.run(place.machine, place.order(script="sleep 600")))
    await until(lambda: place.effects() == 1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    leader, program = place.pid("leader"), place.pid("program")
    attempt = place.attempt()
    for name in ("leader", "program"):
        pid, start, boot = (attempt / name).read_text().split()
        (attempt / f"{name}.kept").write_text(f"{pid} {start} {boot}\n")
        (attempt / name).write_text(f"{pid} {start} 00000000-0000-0000-0000-000000000000\n")
    assert (await executor.ask(place.machine, "key-1")).state is MarkerState.GONE
    for name in ("leader", "program"):
        pid, start, boot = (attempt / f"{name}.kept").read_text().split()
        (attempt / name).write_text(f"{pid} {int(start) - 1} {boot}\n")
    assert (await executor.ask(place.machine, "key-1")).state is MarkerState.GONE
    os.kill(leader, signal.SIGKILL)
    os.killpg(program, signal.SIGKILL)


async def test_end_ends_the_whole_group_and_the_report_says_so(place: Place):
    executor = place.executor()
    script = f"trap '' TERM; sleep 500 & echo $! >{place.work}/child; echo begun; wait; wait; sleep 501"
    running = asyncio.create_task(executor.run(place.machine, place.order(script=script)))
    await until((place.work / "child").exists)
    await place.executor().end(place.machine, "key-1")
    report = await running
    assert (report.state, report.exit_code, report.was_ended) == (MarkerState.DONE, None, True)
    assert not report.is_timed_out
    await until(lambda: not is_alive(int((place.work / "child").read_text())))


async def test_end_is_quiet_when_nothing_runs(place: Place):
    executor = place.executor()
    await executor.end(place.machine, "key-1")
    await executor.run(place.machine, place.order())
    await executor.end(place.machine, "key-1")
    report = await executor.ask(place.machine, "key-1")
    assert (report.exit_code, report.was_ended) == (0, False)


async def test_a_program_that_cannot_be_ended_is_told_as_running_on(place: Place):
    powerless = TEXT.replace("signal TERM", "false TERM").replace("signal KILL", "false KILL")
    executor = place.executor(text=powerless)
    with pytest.raises(LinkLost, match="runs on past its deadline"):
        await executor.run(place.machine, place.order(script="sleep 600", timeout_seconds=1))
    report = await executor.ask(place.machine, "key-1")
    assert (report.state, report.is_timed_out) == (MarkerState.RUNNING, True)
    with pytest.raises(NeedsPerson, match="could not be ended"):
        await executor.end(place.machine, "key-1")
    os.killpg(place.pid("program"), signal.SIGKILL)
    await until((place.attempt() / "result").exists)


# ---- fence ----------------------------------------------------------------------------------------------------------


async def test_an_older_start_of_the_control_plane_is_refused(place: Place):
    executor = place.executor()
    newer = Fence(control_plane=FENCE.control_plane, epoch=12)
    assert (await executor.run(place.machine, place.order("key-new", fence=newer))).exit_code == 0
    with pytest.raises(Fenced, match="newer start") as refused:
        await executor.run(place.machine, place.order("key-old"))
    assert "start 12" in refused.value.why
    assert place.effects() == 1
    assert (await executor.ask(place.machine, "key-new")).state is MarkerState.DONE


async def test_another_control_plane_is_refused_until_a_person_lets_it_take_over(place: Place):
    executor = place.executor()
    other = Fence(control_plane="cp-two", epoch=1)
    assert (await executor.run(place.machine, place.order("key-mine"))).exit_code == 0
    with pytest.raises(Fenced) as refused:
        await executor.run(place.machine, place.order("key-theirs", fence=other))
    assert refused.value.next_step == f"steward machines take-over {place.machine.name}"
    assert FENCE.control_plane in refused.value.why
    await executor.take_over(place.machine, other)
    assert (await executor.run(place.machine, place.order("key-theirs", fence=other))).exit_code == 0
    with pytest.raises(Fenced):
        await executor.run(place.machine, place.order("key-late"))
    assert place.effects() == 2


async def test_an_order_of_an_older_start_does_not_begin_once_a_newer_one_has_spoken(place: Place):
    slow = place.executor(text=TEXT.replace("#@claimed", f"while [ ! -e {place.work}/gate ]; do sleep 0.05; done"))
    running = asyncio.create_task(slow.run(place.machine, place.order("key-old")))
    await until(place.attempt("key-old").exists)
    newer = Fence(control_plane=FENCE.control_plane, epoch=4)
    await place.executor().run(place.machine, place.order("key-new", fence=newer))
    (place.work / "gate").touch()
    with pytest.raises(Fenced):
        await running
    assert place.effects() == 1


async def test_the_first_of_two_control_planes_wins_when_both_speak_at_once(place: Place):
    fences = [Fence(control_plane=f"cp-{name}", epoch=1) for name in "abcd"]
    ended = await asyncio.gather(
        *(
            place.executor().run(place.machine, place.order(f"key-{number}", fence=fence))
            for number, fence in enumerate(fences)
        ),
        return_exceptions=True,
    )
    assert sorted(isinstance(end, Fenced) for end in ended) == [False, True, True, True]
    assert place.effects() == 1


# ---- crashes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", [*BEFORE_START, "launched", *AFTER_START])
async def test_a_crash_at_any_point_on_the_machine_doubles_nothing(place: Place, point: str):
    assert f"#@{point}\n" in TEXT.marker + TEXT.leader
    dying = place.executor(text=TEXT.replace(f"#@{point}\n", "kill -9 $$\n"))
    order = place.order(script="echo told")
    with suppress(LinkLost, Unreachable):
        await dying.run(place.machine, order)
    executor = place.executor()
    report = await _settled(executor, place)
    if point != "launched":
        assert (report.state is MarkerState.ABSENT) == (point in BEFORE_START)
    if report.state is MarkerState.ABSENT:
        assert place.effects() == 0
        report = await executor.run(place.machine, order)
        assert (report.state, report.exit_code, place.effects()) == (MarkerState.DONE, 0, 1)
    again = await executor.run(place.machine, order)
    assert again.state is report.state
    assert place.effects() <= 1


@pytest.mark.parametrize("point", ["claimed", "launched"])
async def test_an_order_sent_again_without_asking_takes_the_place_of_one_that_died(place: Place, point: str):
    dying = place.executor(text=TEXT.replace(f"#@{point}\n", "kill -9 $$\n"))
    with suppress(LinkLost, Unreachable):
        await dying.run(place.machine, place.order())
    executors = [place.executor() for _ in range(2)]
    reports = await asyncio.gather(*(executor.run(place.machine, place.order()) for executor in executors))
    assert {report.state for report in reports} <= {MarkerState.DONE, MarkerState.ABSENT}
    assert place.effects() == 1


async def _settled(executor, place: Place):
    """Ask until nothing runs any more."""
    while True:
        report = await executor.ask(place.machine, "key-1")
        if report.state is not MarkerState.RUNNING:
            return report
        await asyncio.sleep(0.05)


async def test_a_machine_that_cannot_keep_a_marker_starts_nothing(place: Place):
    place.state.mkdir(exist_ok=True)
    (place.state / "steward").write_text("a file where the folder should be")
    with pytest.raises(Unreachable, match="cannot be written"):
        await place.executor().run(place.machine, place.order())
    assert place.effects() == 0


async def test_markers_are_forgotten_after_ninety_days(place: Place):
    executor = place.executor()
    await executor.run(place.machine, place.order("key-old"))
    long_ago = time.time() - 91 * 86_400
    os.utime(place.attempt("key-old").parent, (long_ago, long_ago))
    pruned = place.state / "steward" / "pruned"
    await until(pruned.exists)
    pruned.unlink()
    await executor.run(place.machine, place.order("key-new"))
    await until(lambda: not place.attempt("key-old").exists())
    assert place.attempt("key-new").exists()


async def test_the_marker_is_readable_by_its_owner_only(place: Place):
    await place.executor().run(place.machine, place.order(script="echo secret"))
    for path, seen in _stats([place.state / "steward", *(place.state / "steward").rglob("*")]).items():
        assert seen.st_mode & 0o077 == 0, path


async def test_the_local_machine_has_no_host_key(tmp_path: Path):
    local = here(tmp_path)
    assert await local.executor().host_key(local.machine) == ""
