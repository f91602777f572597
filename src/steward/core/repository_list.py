"""`repositories.yaml`: which folders of the owner Steward reads; every problem at once, with its line."""

from __future__ import annotations

from steward.core.sources import InForce, Source
from steward.core.workspace import NAME
from steward.lib.codec import Json
from steward.lib.text import nearest, visible_line
from steward.lib.yaml import YamlError
from steward.lib.yaml_edit import Change as Edit
from steward.lib.yaml_edit import Put, Remove, edit
from steward.model.errors import InvalidFile, InvalidInput, NotFound
from steward.model.principal import Principal
from steward.model.registered import REPOSITORIES_FILE, RegisteredRepository, RepositoryList
from steward.ports.repository import Repository

NO_REPOSITORIES = "repositories: []\n"
"""What a missing file means."""
_FIRST = f"""\
# yaml-language-server: $schema=schemas/repositories.json
#
# Folders with files that declare what runs: Compose, Kubernetes, Nix and more. Steward only reads them.
{NO_REPOSITORIES}"""


class RegisteredRepositories:
    """Reads and writes the list; every write is a commit by its author."""

    def __init__(self, *, repository: Repository) -> None:
        self._repository = repository
        self._list = InForce(
            repository=repository, path=REPOSITORIES_FILE, parse=parse_repositories, absent=NO_REPOSITORIES
        )

    def current(self) -> RepositoryList:
        """Return the list in force.

        Raises:
            InvalidFile: no version of the file was ever good.
        """
        return self._list.current()

    def problems(self) -> tuple[InvalidFile, ...]:
        """Return what is wrong with the file as it is now."""
        return self._list.problems()

    def add(self, entry: RegisteredRepository, author: Principal) -> str:
        """Write a repository into the list and commit it; return the commit.

        Raises:
            InvalidInput: it does not fit, for example because its name is taken.
            InvalidFile: the file must be mended first.
            Conflict: the file has edits that are not committed.
        """
        fields = {"name": entry.name, "path": entry.path, "machine": entry.machine}
        given: dict[str, Json] = {name: value for name, value in fields.items() if value}
        put = Put(path=("repositories", len(self._sound().repositories)), value=given)
        return self._rewrite(put, f"Register repository {entry.name}", author)

    def drop(self, name: str, author: Principal) -> str:
        """Take a repository out of the list and commit it; the folder stays as it is.

        Raises:
            NotFound: with the nearest name.
            InvalidFile, Conflict: as for `add`.
        """
        names = [one.name for one in self._sound().repositories]
        if name not in names:
            near = nearest(name, names)
            step = f"did you mean `{near}`?" if near else "`steward repositories ls` lists them"
            raise NotFound(f"there is no repository `{visible_line(name)}`", next_step=step)
        remove = Remove(path=("repositories", names.index(name)))
        return self._rewrite(remove, f"Drop repository {name}", author)

    def _sound(self) -> RepositoryList:
        if problems := self.problems():
            raise InvalidFile.first_of(problems)
        return self.current()

    def _rewrite(self, change: Edit, message: str, author: Principal) -> str:
        head = self._repository.head()
        before = self._repository.read(REPOSITORIES_FILE)
        try:
            text = edit(_FIRST if before is None else before, (change,), file=REPOSITORIES_FILE)
            parse_repositories(text)
        except YamlError as error:
            first = error.problems[0]
            raise InvalidInput(first.what, where=REPOSITORIES_FILE, next_step=first.next_step) from error
        except InvalidFile as error:  # lines of a text that was never written would mislead
            why = "; ".join(problem.what for problem in error.problems)
            raise InvalidInput("the list would not fit any more", why=why, next_step=error.next_step) from error
        return self._repository.write({REPOSITORIES_FILE: text}, message=message, author=author, expected=head)


def parse_repositories(text: str, *, file: str = REPOSITORIES_FILE) -> RepositoryList:
    """Read the text of the file.

    Raises:
        InvalidFile: the first problem, carrying all.
    """
    source = Source(text, file=file)
    decoded = source.entries("repositories", RegisteredRepository)
    for index, one in enumerate(decoded):
        if one is not None:
            _check(source, index, one)
    source.refuse_shared("repositories", decoded, ("name",), "repository")
    source.end()
    return RepositoryList(repositories=tuple(one for one in decoded if one is not None))


def _check(source: Source, index: int, one: RegisteredRepository) -> None:
    at = ("repositories", index)
    step = "use lower-case letters, digits, dot and dash, beginning with a letter or digit"
    if not NAME.fullmatch(one.name):
        source.note((*at, "name"), f"`{visible_line(one.name)}` cannot be a name", next_step=step)
    if one.machine and not NAME.fullmatch(one.machine):
        source.note((*at, "machine"), f"`{visible_line(one.machine)}` cannot be the name of a machine", next_step=step)
    if not one.path.startswith("/"):
        source.note((*at, "path"), "`path` must be the whole path of a folder", next_step="begin it with `/`")
