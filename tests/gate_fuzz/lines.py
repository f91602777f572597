"""Lines for the gate, good and nasty, told by dice with a seed."""

from __future__ import annotations

import random

READING = (
    "ls -la /srv",
    "cat /etc/os-release",
    "df -h / /srv",
    "grep -rn 'image:' /opt/stacks --include=compose.yaml",
    "grep -c 'a\"b' /etc/hosts",
    "docker ps --format '{{.Names}} {{.Status}}'",
    "docker logs --tail 20 web 2>&1",
    "kubectl get pods -A -o wide",
    "git log --oneline -5",
    "git diff HEAD~1 -- compose.yaml",
    "git show stash@{0}",
    "find / -xdev -perm -4000 -type f 2>/dev/null",
    "find /etc -name '*.conf' -exec grep -l upstream {} +",
    "find /srv \\( -name a -o -name b \\) ! -newer x",
    "systemctl status nginx --no-pager -l",
    "journalctl -u nginx --since '1 hour ago' -n 100",
    'journalctl --since "1 hour ago" -u docker | grep -i oom',
    "ip -br addr",
    "ss -tlnp",
    "awk -F: '$3>=1000{print $1}' /etc/passwd",
    "sed -n '1,5p' /etc/hosts",
    "sort -u hosts.txt | uniq -c | head -3",
    "ssh nas 'zpool status -x && df -h /tank'",
    "ssh -p 22 root@nas uptime",
    "bash -c 'ls -la /srv | head'",
    "sudo -u postgres ls /var/lib",
    "LANG=C df -h",
    "LC_ALL=C TZ=UTC date +%F",
    "timeout 5 ping -c 1 nas",
    "nice -n 19 du -sh /srv",
    "test -d /srv/photos || echo missing",
    "[ -f /etc/hosts ] && echo yes",
    "curl -s 'http://prometheus:9090/api/v1/query?query=up' | jq '.data.result[].metric'",
    "curl -sI https://grafana.lan >/dev/null",
    "zfs list -t snapshot -o name",
    "tar tzf /backup/etc.tgz",
    "printf '%s\\n' a b",
    "cd /opt/stacks && ls -1; pwd",
    "apt-cache policy docker-ce",
    "dpkg -l 'linux-image-*'",
    "time ls",
    "echo \"it's\" 'a b' c\\ d",
)
CHANGING = (
    "rm -rf /srv/photos",
    "docker rm -f web",
    "systemctl restart nginx",
    "sed -i d /etc/fstab",
    "git push -f",
    "touch x",
    "tee out",
    "xargs rm",
    "kubectl delete pod web-0",
    "curl -o f http://x",
    "date -s now",
    "find . -delete",
)
NASTY = (
    '$(touch pwned)', '`touch pwned`', '${x:-$(touch pwned)}', '$x', "$'\\x72m'", '$"a"', '<(touch pwned)',
    '>(touch pwned)', '> pwned', '>>pwned', '2> pwned', '&> pwned', '>| pwned', '<> pwned', '< /etc/hosts', '<<EOF',
    '<<<x', '2>&1', '>/dev/null', '2>/dev/null', '&>/dev/null', '>&2', '3>&1', '>/dev/nullx', '2>/dev/null/../x',
    '\\', '\\\\', "\\'", '\\"', '\\;', '\\n', "'", '"', "''", '""', "'\\''", '"\'"', '#', '# x', 'a#b', '!', '!!',
    '!x', '^a^b', '~', '~root', 'a~', 'x=~', '*', '?', '[a]', '[', ']', '{}', '{a,b}', '{1..3}', '{1}', '@{1}', '{',
    '}', '(', ')', '((1))', '&', '&&', '||', '|', '|&', ';', ';;', ';&', '\n', '\t', '\r', '\x00', '\x1b[0m',
    '\u202e', '\xa0', '\xe9', '\u2028', '--', '-', '-v', '--help', '--version', '-c', '-i', '-o pwned',
    '--output=pwned', '-exec touch pwned {} ;', '-exec', '+', '-fprint pwned', 'a[$(touch pwned)]',
    "'a[$(touch pwned)]'", "-v 'a[$(touch pwned)]'", "test -v 'a[$(touch pwned)]'", "printf -v 'a[$(touch pwned)]' x",
    'A=b', 'A+=b', 'a[0]=b', 'PATH=.', 'LANG=C', 'LD_PRELOAD=x', 'IFS=x', 'BASH_ENV=x', 'if', 'then', 'time',
    'coproc', 'function', '[[', ']]', 'in', 'do', 'eval', 'exec', 'command', 'builtin', 'source', '.', 'export',
    'alias', 'set', 'trap', 'declare', 'unset', 'read', 'enable', 'hash -p /bin/touch ls', '%1', '%', '=', '==', '+x',
    '\\\n', "'\n'", '"$(touch pwned)"', '"`touch pwned`"', '"\\$x"', '"\\`"', '"!"', "'!'", '"a\\b"',
)  # fmt: skip


def line(dice: random.Random) -> str:
    """Tell one line: real commands, joined, quoted anew, and often spoiled."""
    parts = [_command(dice) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
    text = parts[0]
    for part in parts[1:]:
        text += dice.choice((" && ", " || ", " | ", "; ", ";", "|", " ;", "&&")) + part
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 4))):
        text = _spoiled(text, dice)
    return text


def _command(dice: random.Random) -> str:
    text = dice.choice(CHANGING) if dice.random() < 0.1 else dice.choice(READING)
    if dice.random() < 0.5:
        words = text.split(" ")
        index = dice.randrange(len(words))
        words[index] = _quoted(words[index], dice)
        text = " ".join(words)
    return text


def _quoted(word: str, dice: random.Random) -> str:
    """Write a word in another way, most often with the same meaning."""
    way = dice.randrange(6)
    if way == 0:
        return f"'{word}'"
    if way == 1:
        return f'"{word}"'
    if way == 2 and word:
        cut = dice.randrange(len(word))
        return word[:cut] + dice.choice(("''", '""')) + word[cut:]
    if way == 3 and word:
        cut = dice.randrange(len(word))
        return word[:cut] + "\\" + word[cut:]
    if way == 4 and word:
        cut = dice.randrange(len(word))
        return f"'{word[:cut]}'\"{word[cut:]}\""
    return word


def _spoiled(text: str, dice: random.Random) -> str:
    """Insert something nasty, cut, double or swap something."""
    cut = dice.randrange(len(text) + 1)
    way = dice.randrange(6)
    if way == 0:
        return text[:cut] + dice.choice(NASTY) + text[cut:]
    if way == 1:
        return text[:cut] + text[cut + 1 :]
    words = text.split(" ")
    index = dice.randrange(len(words))
    if way in {2, 3}:
        words.insert(index + dice.randrange(2), dice.choice(NASTY))
    elif way == 4:
        words[index] = dice.choice((words[index] + dice.choice(NASTY), dice.choice(NASTY) + words[index]))
    else:
        words[index] = _quoted(words[index], dice)
    return " ".join(words)
