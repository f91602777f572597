"""The workspace in a git repository, through the real `git` program and its plumbing.

Nothing of the machine's git takes part: no system or user configuration, no hooks, no filters, no signing, no index of
a person. A commit is made in four steps, so that a crash at any point loses nothing and is finished by the next call:

1. the commit object is written from the new texts, beside the old ones (nothing can be seen yet);
2. its id is noted in `.git/steward-pending`;
3. the files are written, each at once (temporary file, sync, rename);
4. the branch moves to the commit only if it is still where it was, and the note is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from steward.lib.text import visible_line
from steward.model.errors import Conflict, InvalidFile, InvalidInput, NeedsPerson, TryLater
from steward.model.principal import Principal

_BIGGEST = 4 << 20
_SECONDS = 60
_SETTLED_NANOSECONDS = 2_000_000_000
_LOCK_TRIES = 200
_LOCK_PAUSE_SECONDS = 0.05
_HALF_DONE = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.autocrlf=false",
    "core.quotePath=false",
    "commit.gpgSign=false",
    "gc.auto=0",
    "init.defaultBranch=main",
    "advice.detachedHead=false",
)


class GitRepository:
    """A git repository of plain text; implements `ports.repository.Repository`."""

    def __init__(self, *, path: Path, program: str = "git") -> None:
        """Look after the repository at `path`; `program` is git, by name or by absolute path."""
        self._root = path.absolute()
        self._program = program

    @property
    def path(self) -> str:
        """Folder of the repository."""
        return str(self._root)

    def create(self) -> None:
        """Create it when it is not there; an existing one is left alone."""
        if (self._root / ".git").exists():
            return
        with _explained(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--template=")

    def read(self, path: str) -> str | None:
        """Return the text of a file in the working tree, or None when it is absent."""
        place = self._place(path)
        with _explained(place):
            data = _bytes_of(place)
        return None if data is None else _text_of(data, path)

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file in the working tree, or None when it is absent; a very large one is cut."""
        place = self._place(path)
        with _explained(place):
            return _bytes_of(place)

    def files(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files that lie in a folder of the working tree, sorted; none where it is absent."""
        place = self._place(folder)
        with _explained(place):
            names = [item.name for item in place.iterdir() if item.is_file()] if place.is_dir() else []
        return tuple(f"{folder}/{name}" for name in sorted(names))

    def tree(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files in a folder of the working tree and below it, sorted; links are left out."""
        place = self._place(folder)
        found: list[str] = []
        with _explained(place):
            for where, folders, names in os.walk(place):
                folders[:] = [name for name in folders if not Path(where, name).is_symlink() and name != ".git"]
                found += [str(Path(where, name).relative_to(self._root)) for name in names if _is_plain(where, name)]
        return tuple(sorted(found))

    def stamps(self, folder: str) -> Mapping[str, str]:
        """Return the files that lie in a folder, each with a mark that changes with it; none where it is absent.

        The kernel sets the time of a change, but in steps of some milliseconds: a file that was changed just now may
        change once more within the same step, so it has no mark yet.
        """
        place = self._place(folder)
        found: dict[str, str] = {}
        with _explained(place):
            if not place.is_dir():
                return found
            settled = time.time_ns() - _SETTLED_NANOSECONDS
            with os.scandir(place) as items:
                for item in items:
                    with contextlib.suppress(FileNotFoundError):  # taken away just now
                        if item.is_file():
                            found[f"{folder}/{item.name}"] = _stamp(item.stat(), settled)
        return found

    def committed(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield `(commit, text)` for every commit that changed this file and left readable text, newest first."""
        self._place(path)
        if not self.head():
            return
        for commit in self._git("log", "--format=%H", "--", path).decode().split():
            data = self._blob(commit, path)
            if data is not None and len(data) <= _BIGGEST:
                try:
                    text = data.decode()
                except UnicodeDecodeError:
                    continue
                yield commit, text

    def dated(self, folder: str) -> Mapping[str, datetime]:
        """Return when each file of a folder and below was changed last by a commit; none for a new repository."""
        self._place(folder)
        found: dict[str, datetime] = {}
        if not self.head():
            return found
        listed = self._git("log", "--format=%x01%ct", "--name-only", "--no-renames", "-z", "--", folder).decode()
        moment = datetime.min.replace(tzinfo=UTC)
        for part in (part.strip("\n") for part in listed.split("\0")):
            if part.startswith("\x01"):
                moment = datetime.fromtimestamp(int(part[1:]), tz=UTC)
            elif part:
                found.setdefault(part, moment)
        return found

    def write(
        self, files: Mapping[str, str | None], *, message: str, author: Principal, expected: str | None = None
    ) -> str:
        """Write files and commit exactly these, as one commit by this author; return the commit.

        A file whose text is None is taken away. Writing what is already there makes no commit and returns the one in
        force.

        Raises:
            Conflict: as the port says.
            TryLater: another git command holds the repository, or the disk refuses.
        """
        places = {path: self._place(path) for path in files}
        contents = {path: None if text is None else text.encode() for path, text in files.items()}
        with self._locked():
            self._finish_pending()
            head = self.head()
            self._refuse_conflicts(head, expected, {path: (places[path], contents[path]) for path in files})
            commit = self._commit_object(head, contents, message, author)
            if commit == head:
                return head
            self._note_pending(commit)
            self._make_visible(head, commit, contents)
            return commit

    def head(self) -> str:
        """Return the commit in force, or an empty text before the first."""
        return self._git("rev-parse", "--verify", "--quiet", "HEAD", allowed=(0, 1)).decode().strip()

    def changed(self) -> tuple[str, ...]:
        """Return files with changes that are not committed."""
        listed = self._git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames").decode()
        return tuple(sorted(entry[3:] for entry in listed.split("\0") if entry))

    def _refuse_conflicts(
        self, head: str, expected: str | None, wanted: Mapping[str, tuple[Path, bytes | None]]
    ) -> None:
        if expected is not None and expected != head:
            why = f"expected commit {expected[:8] or 'none'}, found {head[:8] or 'none'}"
            raise Conflict("the workspace has moved on", where=self.path, why=why, next_step="look again and retry")
        half_done = next((name for name in _HALF_DONE if (self._git_dir() / name).exists()), None)
        if half_done:
            step = "finish or abort it with git, then retry"
            raise Conflict("a merge or rebase is under way", where=self.path, why=half_done, next_step=step)
        staged = self._staged(head)
        for path, (place, content) in wanted.items():
            with _explained(place):
                present = _bytes_of(place)
            is_edited = present not in {self._blob(head, path), content}
            if is_edited or path in staged:
                step = f"commit them: `git -C {self.path} commit -m 'my edit' -- {path}`, then retry"
                raise Conflict(f"{path} has changes that are not committed", where=self.path, next_step=step)

    def _staged(self, head: str) -> set[str]:
        if head:
            listed = self._git("diff-index", "--cached", "--name-only", "--no-renames", "-z", head)
        else:
            listed = self._git("ls-files", "-z")
        return set(listed.decode().split("\0")) - {""}

    def _commit_object(self, head: str, contents: Mapping[str, bytes | None], message: str, author: Principal) -> str:
        """Write the commit with an index of its own, so that what a person staged stays out of it."""
        with TemporaryDirectory(prefix="steward-git-") as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            if head:
                self._git("read-tree", head, environment=index)
            self._stage(contents, index)
            tree = self._git("write-tree", environment=index).decode().strip()
        if head and tree == self._git("rev-parse", f"{head}^{{tree}}").decode().strip():
            return head
        parents = ("-p", head) if head else ()
        trailer = f"\n\nSteward-Principal: {visible_line(author.id)}\nSteward-Channel: {visible_line(author.channel)}\n"
        text = (visible_line(message.strip()) or "Change") + trailer
        return (
            self._git("commit-tree", tree, *parents, environment=_names(author), stdin=text.encode()).decode().strip()
        )

    def _stage(self, contents: Mapping[str, bytes | None], environment: Mapping[str, str]) -> None:
        entries = "".join(f"{self._entry(content)}\t{path}\0" for path, content in contents.items())
        self._git("update-index", "-z", "--index-info", environment=environment, stdin=entries.encode())

    def _entry(self, content: bytes | None) -> str:
        """Store a text and return mode and id for an index; the mode 0 takes a path out of it."""
        blob = self._git("hash-object", "-w", "--no-filters", "--stdin", stdin=content or b"").decode().strip()
        return f"{'0' if content is None else '100644'} {blob}"

    def _make_visible(self, head: str, commit: str, contents: Mapping[str, bytes | None]) -> None:
        """Do steps 3 and 4; also what finishes them after a crash."""
        for path, content in contents.items():
            place = self._place(path)
            with _explained(place):
                _remove(place, self._root) if content is None else _write_at_once(place, content)
        self._git("update-ref", "-m", "steward", "HEAD", commit, head, allowed=(0, 128))
        if self.head() != commit:
            self._pending().unlink(missing_ok=True)
            why = "somebody committed at the same moment; the new text lies in the working tree"
            step = f"look at `git -C {self.path} status`, commit or drop it, and retry"
            raise Conflict("the workspace has moved on", where=self.path, why=why, next_step=step)
        self._stage_for_people(contents)
        self._pending().unlink(missing_ok=True)

    def _stage_for_people(self, contents: Mapping[str, bytes | None]) -> None:
        """Bring a person's own index up to date, so that their next commit does not take the change back."""
        for last in (*(False,) * 20, True):
            try:
                self._stage(contents, {})
            except TryLater:
                if last:
                    raise
                time.sleep(_LOCK_PAUSE_SECONDS)
            else:
                return

    def _finish_pending(self) -> None:
        """Finish or forget a commit that a crash interrupted; a person's edit made since then is never overwritten."""
        note = self._pending()
        if not note.exists():
            return
        commit, head = note.read_text().strip(), self.head()
        parent = self._git("rev-parse", "--verify", "--quiet", f"{commit}^", allowed=(0, 1, 128)).decode().strip()
        known = self._git("cat-file", "-t", commit, allowed=(0, 128)).decode().strip() == "commit" if commit else False
        if known and head in {parent, commit}:
            changed = ("diff-tree", "-r", "--root", "--no-commit-id", "--name-only", "--no-renames", "-z", commit)
            paths = [path for path in self._git(*changed).decode().split("\0") if path]
            contents = {path: self._blob(commit, path) for path in paths}
            present = {path: _bytes_of(self._place(path)) for path in paths}
            if all(present[path] in {contents[path], self._blob(parent, path)} for path in paths):
                self._make_visible(parent, commit, contents) if head == parent else self._stage_for_people(contents)
        note.unlink(missing_ok=True)

    def _note_pending(self, commit: str) -> None:
        with _explained(self._pending()):
            _write_at_once(self._pending(), f"{commit}\n".encode())

    def _pending(self) -> Path:
        return self._git_dir() / "steward-pending"

    def _git_dir(self) -> Path:
        return Path(self._git("rev-parse", "--absolute-git-dir").decode().strip())

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Hold the one writer's lock of this repository; the kernel lets go of it when the process dies."""
        with _explained(self._root):
            handle = os.open(self._git_dir() / "steward.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for _ in range(_LOCK_TRIES):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(_LOCK_PAUSE_SECONDS)
            else:
                raise TryLater("another writer holds the workspace", where=self.path, next_step="retry in a moment")
            yield
        finally:
            os.close(handle)

    def _blob(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of a file in a commit, or None when the commit (or none) does not have it."""
        if not commit:
            return None
        entry = self._git("ls-tree", "-z", commit, "--", path).decode().split("\0")[0].split()
        if len(entry) < 3 or entry[1] != "blob":
            return None
        return self._git("cat-file", "blob", entry[2])

    def _place(self, path: str) -> Path:
        """Return where a relative path lies; nothing outside the repository, behind a link or in `.git`."""
        pure = PurePosixPath(path)
        parts = pure.parts
        is_odd = (
            not parts or pure.is_absolute() or str(pure) != path or any(p == ".." or p.startswith(":") for p in parts)
        )
        if is_odd or any(part.lower() == ".git" for part in parts) or visible_line(path) != path:
            raise InvalidInput(f"`{visible_line(path)}` is no path in the workspace")
        place = self._root
        for part in parts:
            place /= part
            if place.is_symlink():
                step = "replace the link by the file itself"
                raise InvalidInput(f"{path} goes through a symbolic link", where=self.path, next_step=step)
        return place

    def _git(
        self,
        *arguments: str,
        allowed: tuple[int, ...] = (0,),
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> bytes:
        """Run git with exact words and nothing of the caller's environment; return what it printed."""
        settings = [word for setting in (*_SETTINGS, f"safe.directory={self._root}") for word in ("-c", setting)]
        argv = [self._program, *settings, "-C", str(self._root), *arguments]
        clean = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin",
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_CEILING_DIRECTORIES": str(self._root.parent),
            **_STEWARD_NAMES,
            **(environment or {}),
        }
        try:
            done = subprocess.run(  # noqa: S603, TID251 - fixed words; this adapter is the port to git
                argv, input=stdin, capture_output=True, env=clean, timeout=_SECONDS, check=False
            )
        except FileNotFoundError as error:
            step = "install git (`apt install git`), then retry"
            raise NeedsPerson("git is not installed", where=self.path, why=str(error), next_step=step) from error
        except subprocess.TimeoutExpired as error:
            raise TryLater(
                f"git {arguments[0]} did not end", where=self.path, why=f"{_SECONDS} s have passed"
            ) from error
        if done.returncode not in allowed:
            raise self._failure(arguments[0], done.stderr.decode(errors="replace"))
        return done.stdout

    def _failure(self, verb: str, said: str) -> TryLater | NeedsPerson:
        why = visible_line(said.strip())[:500]
        if "not a git repository" in said:
            step = "`steward init` creates the workspace"
            return NeedsPerson("there is no workspace here", where=self.path, why=why, next_step=step)
        return TryLater(f"git {verb} failed", where=self.path, why=why, next_step="mend what git says, then retry")


_STEWARD_NAMES = {
    "GIT_COMMITTER_NAME": "Steward",
    "GIT_COMMITTER_EMAIL": "steward@steward.invalid",
    "GIT_AUTHOR_NAME": "Steward",
    "GIT_AUTHOR_EMAIL": "steward@steward.invalid",
}


def _names(author: Principal) -> dict[str, str]:
    """Return the author for git: names are for display, the address carries the immutable id."""
    name = visible_line(author.name).translate({ord(char): None for char in "<>"}).strip(" .,:;'\"\\")
    address = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in author.id)
    return {"GIT_AUTHOR_NAME": name or "unnamed", "GIT_AUTHOR_EMAIL": f"{address or 'nobody'}@steward.invalid"}


def _stamp(seen: os.stat_result, settled: int) -> str:
    if max(seen.st_mtime_ns, seen.st_ctime_ns) > settled:
        return ""
    return f"{seen.st_dev} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}"


def _bytes_of(place: Path) -> bytes | None:
    try:
        with place.open("rb") as file:
            return file.read(_BIGGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _text_of(data: bytes, path: str) -> str:
    if len(data) > _BIGGEST:
        raise InvalidFile(
            f"the file is larger than {_BIGGEST} bytes", file=path, line=1, column=1, next_step="split it"
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        step = "save the file as UTF-8"
        raise InvalidFile("this is not UTF-8 text", file=path, line=line, column=column, next_step=step) from error


def _write_at_once(place: Path, content: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old bytes or the new ones."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.steward-new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(place)
    _keep_folder(place.parent)


def _keep_folder(place: Path) -> None:
    """Make sure that what a folder holds now outlives a loss of power."""
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove(place: Path, root: Path) -> None:
    """Remove a file, and the folders above it that are empty then; what a crash left of that is done again."""
    place.unlink(missing_ok=True)
    for folder in place.parents:
        if folder == root or (folder.exists() and any(folder.iterdir())):
            _keep_folder(folder)
            return
        if folder.exists():
            folder.rmdir()


def _is_plain(where: str, name: str) -> bool:
    place = Path(where, name)
    return place.is_file() and not place.is_symlink()


@contextlib.contextmanager
def _explained(place: Path) -> Generator[None]:
    """Turn what the operating system refuses into an error with a next step."""
    try:
        yield
    except PermissionError as error:
        step = "give the file to the user that runs Steward"
        raise NeedsPerson("the workspace may not be used", where=str(place), why=str(error), next_step=step) from error
    except OSError as error:
        raise TryLater("the workspace cannot be used", where=str(place), why=str(error)) from error
