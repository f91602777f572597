"""One process's link to the database, which can be cut, or can hang without anybody being told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

_CHUNK = 65_536


class Link:
    """A socket that hands everything on to the server's."""

    def __init__(self, folder: Path, server: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._server = str(server / ".s.PGSQL.5432")
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._is_cut = False
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / ".s.PGSQL.5432"))
        self._door.listen(64)
        threading.Thread(target=self._answer, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and let none be made."""
        self._is_cut = True
        self._end_all()

    def hang(self) -> None:
        """Hand nothing on any more; nobody is told."""
        self._flows.clear()

    def mend(self) -> None:
        """Let everything through again, what was held back first."""
        self._is_cut = False
        self._flows.set()

    def close(self) -> None:
        """End it."""
        self._is_cut = True
        self._flows.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._end_all()

    def _answer(self) -> None:
        while True:
            try:
                here, _ = self._door.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            if self._is_cut or there.connect_ex(self._server):
                here.close()
                there.close()
                continue
            with self._lock:
                self._open |= {here, there}
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                self._flows.wait()
                target.sendall(data)
        self._end(source)
        self._end(target)

    def _end_all(self) -> None:
        with self._lock:
            ends = list(self._open)
        for end in ends:
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
