"""Small languages inside command lines, read just far enough to say that a text only reads.

Each function answers with an effect: `read_only` only when every character of the text is accounted for; what is
not understood is at least `mutating`, what may run a command is `destructive`.
"""

from __future__ import annotations

import re

from steward.model.tool import Effect

_READ, _CHANGE, _DESTROY = Effect.READ_ONLY, Effect.MUTATING, Effect.DESTRUCTIVE

_SQL_TOKEN = re.compile(
    r"\s+|'(?:[^'\\]|'')*'|\"[^\"\\]*\"|\[[\w ]*\]|[A-Za-z_][A-Za-z0-9_.]*|[0-9][0-9.]*|::|[<>=!]+|[-+*/%(),.;@|]"
)
_SQL_STARTS_TEXT = "select show explain table values with describe desc"
_SQL_STARTS = frozenset(_SQL_STARTS_TEXT.split())
_SQL_CHANGES_TEXT = (
    "insert update delete drop truncate alter create grant revoke copy call do execute merge replace into vacuum "
    "reindex cluster refresh lock set reset attach detach load import export rename kill flush purge optimize "
    "handler outfile dumpfile begin commit rollback prepare deallocate listen notify unlisten security comment "
    "analyze checkpoint discard reassign vacuum install uninstall shutdown change start stop"
)
_SQL_CHANGES = frozenset(_SQL_CHANGES_TEXT.split())
_SQL_DESTROYS_TEXT = "delete update drop truncate outfile program"
_SQL_DESTROYS = frozenset(_SQL_DESTROYS_TEXT.split())
_SQL_FUNCTIONS_TEXT = (
    "count sum avg min max coalesce now lower upper length round abs substr substring trim concat date "
    "date_trunc extract to_char age current_database current_user version ifnull nullif group_concat string_agg "
    "array_agg json_agg json_build_object json_extract strftime datetime julianday typeof total printf "
    "format cast pg_size_pretty pg_database_size pg_relation_size pg_total_relation_size pg_table_size "
    "pg_indexes_size pg_is_in_recovery pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_current_wal_lsn "
    "pg_wal_lsn_diff pg_last_xact_replay_timestamp pg_blocking_pids pg_postmaster_start_time current_setting "
    "row_number rank over in exists any all and or not as on using from where values interval date_sub "
    "from_unixtime unix_timestamp when then case else database schema user left right replace greatest least "
    "floor ceil sqlite_version is like having by union distinct filter partition between limit offset join"
)
_SQL_FUNCTIONS = frozenset(_SQL_FUNCTIONS_TEXT.split())
_SQL_KEYWORD_FUNCTIONS = frozenset(["replace", "left", "right"])
_PRAGMA = re.compile(
    r"\s*pragma\s+(integrity_check|quick_check|foreign_key_check|table_info\(\w+\)|index_list\(\w+\)|database_list"
    r"|page_count|page_size|freelist_count|journal_mode|user_version|compile_options|table_list)\s*;?\s*",
    re.IGNORECASE,
)
_META = re.compile(r"\s*\\(l|d|dt|di|dv|du|dn|df|dx|db|dp|z|conninfo|ds|dm)[+S]*( [\w.*\"]+)?\s*")
_SQLITE_META = re.compile(
    r"\s*\.(tables|schema|databases|indexes|indices|stats|show|dbinfo|fullschema|dump)( [\w%]+)?\s*"
)


def judge_sql(text: str) -> Effect:
    """Judge SQL (PostgreSQL, MySQL, SQLite): one statement that reads, or a listing of the shell around it."""
    if _PRAGMA.fullmatch(text) or _META.fullmatch(text) or _SQLITE_META.fullmatch(text):
        return _READ
    # `\G` ends a statement for MySQL and shows its rows upright; nothing may follow it.
    text = text.rstrip().removesuffix("\\G")
    tokens = _tokens(text, _SQL_TOKEN)
    words = [token.lower() for token in tokens or re.findall(r"\w+", text)]
    if tokens is None or not words or not _reads_sql(words):
        return _DESTROY if _SQL_DESTROYS.intersection(words) else _CHANGE
    return _READ


def _reads_sql(words: list[str]) -> bool:
    while words[-1:] == [";"]:
        words = words[:-1]
    if words[:2] == ["explain", "analyze"]:
        words = ["explain", *words[2:]]
    pairs = [*zip(words, [*words[1:], ""], strict=True)]
    is_commented = any(left + right in {"/*", "*/", "--"} for left, right in pairs)
    is_showing_by_call = words[:1] == ["show"] and bool({"(", "="}.intersection(words))
    if not words or ";" in words or words[0] not in _SQL_STARTS or is_commented or is_showing_by_call:
        return False
    for word, following in pairs:
        name = word.removeprefix("pg_catalog.")
        is_call = following == "(" and (word[0].isalpha() or word[0] in '_"')
        if is_call and name not in _SQL_FUNCTIONS:
            return False
        if word in _SQL_CHANGES and not (is_call and word in _SQL_KEYWORD_FUNCTIONS):
            return words[0] == "show" and word in {"create", "grants"}
        if word == "for" and following in {"update", "share", "no", "key"}:
            return False
    return True


def _tokens(text: str, pattern: re.Pattern[str]) -> list[str] | None:
    """Split a text into tokens without blanks, or return None where a character is not accounted for."""
    found: list[str] = []
    at = 0
    while at < len(text):
        token = pattern.match(text, at)
        if token is None or token.end() == at:
            return None
        if token.group().strip():
            found.append(token.group())
        at = token.end()
    return found


_SED_ADDRESS = r"(?:[0-9]+(?:~[0-9]+)?|\$|/(?:[^/\\\n\[]|\\[^\n]|\[\^?\]?[^\]/\\\n]*\])*/I?)"
_SED_ADDRESSES = re.compile(rf"\s*(?:{_SED_ADDRESS}(?:\s*,\s*(?:{_SED_ADDRESS}|[+~][0-9]+))?\s*)?(?:!\s*)?")
_SED_SIMPLE = re.compile(r"[pdqnNDGHgxhPlFz=](?:\s*[0-9]+)?\s*(?=[;}\n]|$)")
_SED_END = re.compile(r"\s*(?:[;\n]\s*)*")


def judge_sed(text: str) -> Effect:
    """Judge a script of sed: printing, deleting lines of the stream, substituting; nothing that names a file."""
    at = depth = 0
    while at < len(text):
        at = _end(_SED_ADDRESSES, text, at)
        command = text[at : at + 1]
        if command == "{":
            depth, at = depth + 1, _end(_SED_END, text, at + 1)
        elif command == "}" and depth:
            depth, at = depth - 1, _end(_SED_END, text, at + 1)
        else:
            end = _sed_command(text, at, command)
            if end is None:
                return _DESTROY if command == "e" or (command == "s" and "e" in text[-4:]) else _CHANGE
            at = _end(_SED_END, text, end)
    return _CHANGE if depth else _READ


def _sed_command(text: str, at: int, command: str) -> int | None:
    """Return where a command that only edits the stream ends, or None."""
    if command in {"s", "y"}:
        delimiter = text[at + 1 : at + 2]
        if not delimiter or delimiter in "\\\n" or delimiter.isalnum() or delimiter.isspace():
            return None
        part = rf"(?:[^{re.escape(delimiter)}\\\n]|\\[^\n])*"
        mark = re.escape(delimiter)
        flags = r"[gpIiM0-9]*" if command == "s" else ""
        found = re.compile(rf"{mark}{part}{mark}{part}{mark}{flags}\s*(?=[;}}\n]|$)").match(text, at + 1)
        # A bracket may hide the delimiter from one sed and not from another.
        return found.end() if found and not (delimiter in "[]" or _hides(found.group(), delimiter)) else None
    found = _SED_SIMPLE.match(text, at)
    return found.end() if found else None


def _hides(text: str, delimiter: str) -> bool:
    """Tell whether a delimiter stands where it may be inside a bracket expression."""
    return bool(re.search(rf"\[[^\]]*{re.escape(delimiter)}", text.replace("\\[", "")))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


_AWK_TOKEN = re.compile(
    r"(?P<blank>[ \t]+)|(?P<string>\"(?:[^\"\\\n]|\\[^\n])*\")|(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<slash>/)|(?P<operator>>=|>>|\|\||&&|==|!=|<=|\+\+|--|[-+*%^]=|[^\s\w\"/])"
    r"|(?P<line>\n)"
)
_AWK_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\[^\n]|\[\^?\]?[^\]/\\\n]*\])*/")
_AWK_REFUSED = re.compile(r"system\s*\(|getline|@|\\\n|function|\bfunc\b|ENVIRON|PROCINFO")
_AWK_OUTPUT = frozenset(["print", "printf"])
_AWK_KEYWORDS = frozenset(["return", "in", "case", *_AWK_OUTPUT])


def judge_awk(text: str) -> Effect:
    """Judge a program of awk: no command, no file written, no function of its own."""
    if _AWK_REFUSED.search(text):
        return _DESTROY
    at = depth = 0
    is_printing = is_after_value = False
    while at < len(text):
        found = _AWK_TOKEN.match(text, at)
        if found is None:
            return _DESTROY
        kind, token = str(found.lastgroup), found.group()
        if kind == "slash" and not is_after_value:
            found = _AWK_REGEX.match(text, at)
            if found is None:
                return _DESTROY
            kind = "string"
        at = found.end()
        if kind == "blank":
            continue
        depth += (token in {"(", "["}) - (token in {")", "]"})
        if token in {"|", ">>", "#"} or (found.group() == ">" and is_printing and depth <= 0):
            return _DESTROY
        is_printing = (is_printing or token in _AWK_OUTPUT) and token not in {";", "{", "}"}
        is_after_value = kind in {"string", "number"} or token in {")", "]", "$", "++", "--"}
        is_after_value |= kind == "name" and token not in _AWK_KEYWORDS
    return _READ


_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://.*")
_ACTING = re.compile(
    r"delete|remove|reboot|restart|shutdown|poweroff|toggle|turn=|cmnd|hook|trigger|reload|reset|exec|purge|flush"
    r"|/quit|kill|drop|destroy|relay|action|command|cmd|/set|[?&]set|write|update|[?&](on|off|state)=|install|/api/services/"
    r"|enable|disable|/stop|/start(?!_)|/run|upgrade|unban|/ban|save|create|clear",
    re.IGNORECASE,
)
_GUESSED = re.compile(r"(?i)(ftp|dict|ldap|imap|smtp|pop3)s?\.")


def judge_url(text: str) -> Effect:
    """Judge an address that is fetched: only http, and no path that sounds like a deed."""
    found = _URL.fullmatch(text)
    is_web = found["scheme"].lower() in {"http", "https"} if found else not _GUESSED.match(text)
    if text.startswith("-") or not is_web or not text.isprintable():
        return _CHANGE
    path = re.sub(r"^(https?://)?[^/?]*", "", text, count=1, flags=re.IGNORECASE)
    return _CHANGE if _ACTING.search(path) else _READ
