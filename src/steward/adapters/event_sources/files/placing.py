"""Move or copy one settled file into another folder: whole or not at all, and never over another file.

1. The file is opened below the watched folder one name at a time, links refused, and must be the one that settled.
2. On the same filesystem a move is a second name for it, which fails where the name is taken; then the first goes.
3. Else its bytes go into a file of another name, are flushed, and only then get the name, which must be free.

Done again after a crash it finds its own work: a file of the same size and time to the nanosecond.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Generator
from dataclasses import dataclass

from steward.model.file_states import Stamp

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CHUNK = 1 << 20


class NotPlaced(Exception):
    """It was left where it is; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Placing:
    """One file on its way."""

    folder: str
    """Watched folder."""
    path: str
    """Path inside it."""
    stamp: Stamp
    """The file as it settled."""
    target: str
    """Folder it goes into."""
    is_move: bool
    """Whether it leaves the watched folder."""

    @property
    def name(self) -> str:
        """Its name in the target."""
        return self.path.rpartition("/")[2]


def place(placing: Placing, *, is_again: bool = False) -> None:
    """Do it; `is_again` after a restart, when it may have been done already.

    Raises:
        NotPlaced: the name is taken, the file is no longer the one that settled, or a folder cannot be used.
    """
    try:
        with _opened(placing.target, "") as target, _parent(placing, is_again=is_again) as source:
            if is_again and _is_done(placing, target):
                if placing.is_move and source is not None:
                    _take_away(placing, source)
                return
            if source is None:
                raise NotPlaced("it is no longer there")
            if not (placing.is_move and _linked(placing, source, target)):
                _copied(placing, source, target)
            if placing.is_move:
                _take_away(placing, source)
    except FileExistsError as error:
        raise NotPlaced(f"there is another file of this name in {placing.target}") from error
    except OSError as error:
        raise NotPlaced(error.strerror or type(error).__name__) from error


@contextlib.contextmanager
def _opened(folder: str, inside: str) -> Generator[int]:
    """Open a folder, then what is inside one name at a time, links refused."""
    handle = os.open(folder, _FOLDER)
    try:
        for part in inside.split("/")[:-1]:
            following = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = following
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _parent(placing: Placing, *, is_again: bool) -> Generator[int | None]:
    try:
        opened = _opened(placing.folder, placing.path)
        handle = opened.__enter__()
    except FileNotFoundError:
        if not is_again:
            raise
        yield None
        return
    try:
        yield handle
    finally:
        opened.__exit__(None, None, None)


def _stamp(seen: os.stat_result) -> Stamp:
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _seen(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_done(placing: Placing, target: int) -> bool:
    there = _seen(placing.name, target)
    return there is not None and stat.S_ISREG(there.st_mode) and _stamp(there)[:2] == placing.stamp[:2]


def _linked(placing: Placing, source: int, target: int) -> bool:
    """Give it its second name; False where the filesystem cannot, or it is another one."""
    seen = _seen(placing.name, source)
    if seen is None or _stamp(seen) != placing.stamp or not stat.S_ISREG(seen.st_mode):
        raise NotPlaced("it changed meanwhile")
    try:
        os.link(placing.name, placing.name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        return False
    there = _seen(placing.name, target)
    if there is None or there.st_ino != placing.stamp[2]:
        os.unlink(placing.name, dir_fd=target)
        raise NotPlaced("it changed meanwhile")
    os.fsync(target)
    return True


def _copied(placing: Placing, source: int, target: int) -> None:
    if _seen(placing.name, target) is not None:
        raise FileExistsError
    unfinished = f".steward-{secrets.token_hex(6)}.part"
    with _reading(placing, source) as read:
        try:
            _filled(read, unfinished, target, placing)
            _named(unfinished, placing.name, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished, dir_fd=target)
    os.fsync(target)


@contextlib.contextmanager
def _reading(placing: Placing, source: int) -> Generator[int]:
    read = os.open(placing.name, _PLAIN, dir_fd=source)
    try:
        seen = os.fstat(read)
        if _stamp(seen) != placing.stamp or not stat.S_ISREG(seen.st_mode):
            raise NotPlaced("it changed meanwhile")
        yield read
    finally:
        os.close(read)


def _filled(read: int, unfinished: str, target: int, placing: Placing) -> None:
    write = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target)
    try:
        left = placing.stamp[0]
        while left and (chunk := os.read(read, min(left, _CHUNK))):
            left -= len(chunk)
            while chunk:
                chunk = chunk[os.write(write, chunk) :]
        if left or _stamp(os.fstat(read)) != placing.stamp:
            raise NotPlaced("it changed meanwhile")
        os.fchmod(write, stat.S_IMODE(os.fstat(read).st_mode) & 0o777)
        os.utime(write, ns=(placing.stamp[1], placing.stamp[1]))
        os.fsync(write)
    finally:
        os.close(write)


def _named(unfinished: str, name: str, target: int) -> None:
    """Give it its name, which must be free."""
    try:
        os.link(unfinished, name, src_dir_fd=target, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # no second names here: keep the name first, then put the whole file in its place
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target))
        os.rename(unfinished, name, src_dir_fd=target, dst_dir_fd=target)


def _take_away(placing: Placing, source: int) -> None:
    seen = _seen(placing.name, source)
    if seen is not None and _stamp(seen) == placing.stamp:
        os.unlink(placing.name, dir_fd=source)
        os.fsync(source)
