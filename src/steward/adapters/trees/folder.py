"""A folder of the local file system as a `model.tree.Tree`: bounded, and never read through a link that leads out."""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from steward.lib.text import size
from steward.model.declared import Unreadable
from steward.model.errors import InvalidInput

BIGGEST_FILE = 4 << 20
"""Most bytes of a file that is read; generated dashboards reach one or two megabytes."""
MOST_BYTES = 96 << 20
"""Most bytes of all files together."""
MOST_FILES = 60_000
"""Most files."""
DEEPEST = 40
"""Deepest folder."""
_SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", ".terraform", ".venv", "__pycache__", ".direnv"})
_BINARY = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "ico", "pdf", "zip", "gz", "xz", "bz2", "zst", "tar", "tgz", "iso", "img"}
    | {"qcow2", "bin", "exe", "so", "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "mov", "db", "sqlite", "jar"}
    | {"stl", "svg", "drawio", "webm", "7z", "rar", "deb", "rpm", "gpg", "der", "p12", "jks", "kdbx", "class", "pyc"}
)


class FolderTree:
    """Implements `Tree`; `unreadable` tells what was left out, complete after every file was asked for."""

    def __init__(self, root: Path) -> None:
        """Look through a folder.

        Raises:
            InvalidInput: it is no folder, or may not be listed.
        """
        if not root.is_dir():
            raise InvalidInput("this is no folder", where=str(root), next_step="name the folder of a repository")
        self._root = root.resolve()
        self._unreadable: dict[str, Unreadable] = {}
        self._texts: dict[str, str | None] = {}
        self._folders: set[str] = {""}
        self._bytes_left = MOST_BYTES
        files = sorted(self._walk())
        if len(files) > MOST_FILES:
            self._note(".", f"there are {len(files)} files; the first {MOST_FILES} were read")
        self._files = tuple(files[:MOST_FILES])

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read so far."""
        return tuple(self._unreadable.values())

    def list(self) -> tuple[str, ...]:
        """Return every file that may be read."""
        return self._files

    def folders(self) -> frozenset[str]:
        """Return every folder, the root as an empty text."""
        return frozenset(self._folders)

    def read(self, path: str) -> str | None:
        """Return the text of a file, or None when it is no text or cannot be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _walk(self) -> Iterator[str]:
        """Yield files; links are followed only to files within, which are read at their own place as well."""
        waiting = [("", 0)]
        while waiting:
            folder, depth = waiting.pop()
            for entry in self._entries(folder):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_symlink():
                    self._link(path)
                elif entry.is_dir(follow_symlinks=False):
                    self._folders.add(path)
                    if depth >= DEEPEST:
                        self._note(path, f"this folder lies more than {DEEPEST} deep")
                    elif entry.name not in _SKIPPED:
                        waiting.append((path, depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    self._note(path, "this is no regular file")
                if len(self._folders) > MOST_FILES:
                    self._note(".", f"there are more than {MOST_FILES} folders")
                    return

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._note(folder or ".", f"the folder cannot be listed: {error.strerror}")
            return []

    def _link(self, path: str) -> None:
        """Note a link that leads nowhere or out; one that stays inside is another name of what is read anyway."""
        try:
            target = (self._root / path).resolve(strict=True)
        except (OSError, RuntimeError) as error:
            looped = isinstance(error, RuntimeError) or getattr(error, "errno", None) == 40
            self._note(path, "a link that leads in a circle" if looped else "a link that leads nowhere")
            return
        if not target.is_relative_to(self._root):
            self._note(path, "a link that leads out of the folder; it was not followed")
        elif target.is_dir():
            self._folders.add(path)

    def _read(self, path: str) -> str | None:
        if path.rpartition(".")[2].lower() in _BINARY:
            return None
        try:
            with open(self._root / path, "rb", opener=_only_here) as file:
                length = os.fstat(file.fileno()).st_size
                if length > BIGGEST_FILE or not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    self._note(path, f"it has {size(length)}, more than {size(BIGGEST_FILE)}")
                    return None
                if length > self._bytes_left:
                    self._note(path, f"more than {size(MOST_BYTES)} were read before it")
                    return None
                content = file.read(BIGGEST_FILE + 1)
        except OSError as error:
            self._note(path, f"it cannot be opened: {error.strerror}")
            return None
        self._bytes_left -= len(content)
        return self._decoded(path, content)

    def _decoded(self, path: str, content: bytes) -> str | None:
        """Take UTF-8, or UTF-16 by its mark, or Latin-1; a byte of zero means it is no text."""
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            try:
                return _plain(content.decode("utf-16"))
            except UnicodeDecodeError:
                self._note(path, "it begins as UTF-16 and does not go on so")
                return None
        zero = content.find(b"\0")
        if zero >= 0:
            if path.lower().endswith((".yaml", ".yml", ".json", ".env", ".toml", ".conf", ".nix", ".tf", ".hcl")):
                self._note(path, "it holds bytes that are no text", content.count(b"\n", 0, zero) + 1)
            return None
        try:
            return _plain(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return _plain(content.decode("latin-1"))

    def _note(self, path: str, reason: str, line: int = 1) -> None:
        shown = path.encode("utf-8", "backslashreplace").decode()
        self._unreadable.setdefault(path, Unreadable(file=shown, line=line, reason=reason))


def _only_here(path: str, flags: int) -> int:
    """Open without following a last link and without waiting for a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def stamp_of(root: Path) -> str:
    """Return a text that is another one when a file of a folder changed: names, sizes and times of what would be read.

    Raises:
        InvalidInput: it is no folder, or may not be listed.
    """
    found = hashlib.sha256()
    for path in FolderTree(root).list():
        try:
            status = (root / path).lstat()
        except OSError:  # gone since it was listed: the next stamp tells
            continue
        found.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\n".encode(errors="replace"))
    return found.hexdigest()
