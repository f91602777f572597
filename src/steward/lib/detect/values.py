"""Tell whether a value can be a secret: no reference, no placeholder, no digest, and opaque where the name asks for it."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from steward.lib.detect.names import Weight

MASK = "\u2039secret:"
"""How a mask begins: what is masked already is no find."""
_JUDGED = 200
"""So many characters tell what a value is: reading more of each would make a line of many names slow."""
_REFERENCE = re.compile(
    r"""
      \$\{[^}]*\}?[\w./:-]*               # ${VAR}
    | \$\$?(?:[A-Z_][A-Z0-9_]*|[a-z_]+|\d)$  # $VAR, $var
    | \$\(.*|`.*                          # $(command), `command`
    | \$\$\(?[A-Za-z_]+\)?$               # $$VAR of make
    | \{\{.*|\{%.*|\[\[.*                 # templates
    | \{[\w.:\[\]-]*\}$|\{[A-Za-z_][\w.:\[\]-]{0,30}$|\{$   # {value} of a format
    | \$[A-Za-z_]\w*(?:\[|->|::).*         # $_POST['x'], $this->x
    | %[\w()]+%$
    | %\(?[\w.]+[)%]s?$|%[-\d.]*[sdrv]$|%\{.*   # %VAR%, %(name)s, %s, %{...}
    | @[A-Z_]+@$|__[A-Z_]+__$|\#\{.*|\#\[.*
    | !(?:secret|vault|env|env_var|include|ref|sub|encrypted|decrypt|lookup|reference|unsafe|file|GetAtt|Ref)\b.*
    | (?:secret|secrets|vault|file|env|op|bw|bao|gopass|pass|keyring|keychain|sops|ref|ssm|awssm|gcpsm|azkv|sm|arn|akv|
         systemd-creds|credential|cmd|command|exec|doppler|infisical|docker-secret|pkcs11|tpm2?|keyvault)://.*
    | (?:secret|vault|file|env|op|keyring|credentials?|lookup|arn|sm|ssm|pkcs11|ref\+\w+):[\w/.@{$+#-].*
    | @?(?:~|\.{1,2}|/(?:run|etc|var|home|opt|srv|mnt|root|usr|secrets?|config|data|dev|tmp|proc|app|vault|nix|keys|certs?|
         media|volume\d?|conf|boot|ssl|private|credentials))/[\w./@+%{}$:,=-]*$
    | @?/[a-z][\w-]*(?:/[a-z_.][\w.-]*)+/?$   # some other path
    | [A-Za-z]:\\[\w\\ .-]*$
    | (?:[\w-]+/)*[\w-]+\.(?:txt|pem|key|crt|cer|conf|cfg|json|ya?ml|env|pass|secret|token|age|gpg|asc|pub|p12|pfx|jks|ini|toml|keytab|php|py|js|html|md|sh|enc|sops)$
    | <[^<>]*>?$|\[[A-Za-z][\w .:/-]*\]?$|\([A-Za-z][\w .:/-]*\)?$   # <password>, [hidden], (none)
    | [A-Za-z][a-z]*://.*                 # what is secret in a URL is found there
    | ENC\[.*|ENC\(.*|\$ANSIBLE_VAULT.*|Ag[A-Za-z0-9+/=]{200,}$   # encrypted
    | (?:process\.env|os\.environ|os\.getenv|getenv|environ|var|local|data|module|config|cfg|conf|settings|secrets|self|this|args|
         opts|options|params|env|ctx|req|request|values|\.[A-Z]\w+|each|inputs|github|builtins|pkgs|lib|cli|steps|needs|
         outputs|props|state|form|user|input|credentials|account|session|response|event|obj|node|item|data_source|
         sops|age|osConfig|vm|app|ansible_\w+|hostvars|lookup|resource|random_\w+|azurerm_\w+|aws_\w+|google_\w+)
      (?:\.\$?[A-Za-z_]|\[|\?\.|->)[\w.$\[\]'"?>()\-]*$
    | [A-Za-z_]\w*(?:[.:]+\w+)*\((?:$|['"\w$)]).*   # a call
    | [\[{(]\s?(?:["'\]})\s].*)?$          # the beginning of a list or a map
    | (?:[a-z_.-]+/)+[a-z_.-]+$
    | [A-Za-z_./-]+::[A-Za-z_:\[\].-]+$            # the name of a test, of a class
    | (?:passwords?|passphrase|tokens?|secrets?|authentication|key)[ ](?:[a-z]+[ ]?)+[.!]?$   # a report about one
    | (?:new|await|typeof|lambda|function|async)\b.*
    | (?:str|string|int|integer|bool|boolean|bytes|any|text|SecretStr|Optional\[.*|String|char\*?|number|unknown|never|object|
         varchar(?:\(\d+\))?)[;,?]?$
    | [*\u2022\u25cf\u25e6\u00b7.\-_=?#]+$                          # ****, ...
    | .*(?:\*{3,}|\u2022{3,}|\u2026|\.\.\.).*                           # cut or hidden by somebody else
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACEHOLDER = re.compile(
    r"(?>(?:your|my|the|some|any|a|an|insert|enter|put|add|set|use|new|old|this|example|sample|dummy|fake|test|default|replace|"
    r"change|fill|choose|type|generate|paste|supersecret|secure|strong|random|long|real|actual|own|here|me|it|in|with|to|be|"
    r"is|for|of|and|value|string|password|passwd|pass|passphrase|secret|token|key|api|apikey|auth|user|username|client|app|"
    r"access|private|changeme|changeit|changethis|placeholder|todo|tbd|fixme|redacted|removed|hidden|masked|filtered|omitted|"
    r"sanitized|censored|none|null|nil|undefined|empty|true|false|yes|no|on|off|required|optional|unset|blank|n/a|goes|please|"
    r"encrypted|disabled|enabled|prompt|ask|never|always|create|update|manual|managed|auto|automatic|invalid|incorrect|wrong|expired|missing|unknown|bot|"
    r"database|db|account|admin_password|root_password|from|env|file|stdin|keyring|vault|securepassword|yourpassword|"
    r"mypassword|yourtoken|yoursecret|yourkey|yourapikey|mysecret|mytoken|basic|bearer|digest|token_here|interactive|"
    r"keyboard|oauth2?|plain|login|ldap|files|systemd|compat|sss|winbind|nis|md5|sha1|sha256|sha512|scram|bcrypt|argon2(?:id)?|crypt|cleartext|plaintext)"
    r"(?:[\s_.!-]+|$))++$",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    r"(?:replace|redacted|removed|placeholder|insert[_-]|enter[_-]|put[_-]|fill[_-]|same as|see |todo|example)|your[A-Za-z_ -]*$|"
    r".*(?:change[_-]?(?:me|this|it)|replace[_-]?me|redacted|(?:your|my|some)[_-](?:\w*[_-])?(?:token|password|passphrase|secret|key|api|pass|app|"
    r"client|own|user)|[_-]here$|here_)",
    re.IGNORECASE | re.DOTALL,
)
"""Whoever wrote it meant somebody to put the real value there."""
_FILLED = re.compile(r"(?i)[x*0#.?_-]{6,}|(.)\1{7,}|(?:xx|yy|zz){4,}|deadbeef(?:deadbeef)+")
_DIGEST = re.compile(
    r"(?i)(?:sha(?:1|224|256|384|512)|md5|blake2b?|blake3|sha3|crc32|etag)[-:=$][0-9a-z+/=:_-]{8,}$|SHA256:.*"
)
_PUBLIC = re.compile(
    r"(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-ssh-\S+)(?:\s|$)|age1[0-9a-z]{20,}$|-----BEGIN (?!.*PRIVATE)|did:|npub1"
)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ].*)?$|\d+(?:\.\d+)?\s*(?:ms|s|m|h|d|w|y|min|sec|days?|weeks?|months?|years?|hours?|minutes?|seconds?|[KMGT]i?B?)$"
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)*$")
_ADDRESS = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:/\d+)?$|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$|[\w.+-]+@[\w-]+(?:\.[\w-]+)+$",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z]+(?:[-_ .][A-Za-z]+){3,}$")
_PLAIN = re.compile(
    r"[A-Za-z][a-z]*(?:[-_.:/ ][A-Za-z]?[a-z]*\d{0,2}){0,5}$|[A-Z]+(?:[_-][A-Z]+)*$|[a-z]+(?:[A-Z][a-z]+){0,3}$"
)
_NAMES_SOMETHING = re.compile(
    r"(?i)(?:^|[-_ .])(?:key|id|token|secrets?|password|pass|name|app|api|access|client|user|admin|credentials?|config|url|host|db|database|auth|tls|"
    r"cert|account|service|server|backup|bot|file|login|session|default|prod|production|staging|dev|test|root|storage|cluster)(?:$|[-_ .])"
)
_PROSE = re.compile(
    r"(?i)\b(?:the|a|an|is|are|was|must|your|you|for|to|of|be|and|or|not|with|has|have|in|on|at|by|this|that|will|should|can|"
    r"cannot|when|if|it|as|from|used|than|least|please|use|set|wird|der|die|das|le|la)\b"
)
_SIGNS = re.compile(r"[^\w\s]")
_BYTES = re.compile(
    r"[\[{(]?\s{0,9}(?:(?:0x[0-9A-Fa-f]{1,2}|\d{1,3})(?:\s{0,9},\s{0,9}|\s{0,9}(?=[\])}]|$))){8,64}[\])}]?|(?:[0-9A-Fa-f]{2}:){7,63}[0-9A-Fa-f]{2}"
)
_OPAQUE_CHARS = re.compile(r"[A-Za-z0-9+/=_.~:!@#$%^&*|,;?-]+$")


def is_secret(value: str, weight: Weight) -> bool:
    """Tell whether a value under a name of this weight is a secret."""
    value = value.strip()
    if weight >= Weight.LIKELY and is_bytes(value):
        return True
    if len(value) < 3 or is_harmless(value):
        return False
    if weight is Weight.SURE:
        return not _is_prose(value) and not (_TIME.match(value) and not value.isdigit())
    if _DIGEST.match(value) or _TIME.match(value) or _ADDRESS.match(value) or _NUMBER.match(value):
        return False
    if weight is Weight.LIKELY:
        return is_opaque(value) or bool(_UUID.match(value))
    return is_random(value)


def is_drawn(value: str) -> bool:
    """Tell whether a quoted value mixes letters, digits and signs of every kind, as a generator of passwords does."""
    return (
        len(value) >= 20
        and all(_classes(value))
        and len(set(_SIGNS.findall(value))) >= 3
        and not any(map(str.isspace, value))
        and entropy(value) >= 4
        and not is_harmless(value)
    )


def is_bytes(value: str) -> bool:
    """Tell whether this is a list of bytes in numbers, as keys of radio networks are written."""
    return _BYTES.fullmatch(value) is not None


def is_harmless(value: str) -> bool:
    """Tell whether a value only refers to a secret, stands for one, or is public by nature."""
    if len(value) > _JUDGED:
        value = value[:_JUDGED]
    if value.startswith(MASK):
        return value.rstrip("\"',;)]}").endswith("\u203a") and value.count(MASK) == 1
    if _REFERENCE.match(value) or _PLACEHOLDER.match(value) or _STANDS_FOR.match(value) or _PUBLIC.match(value):
        return True
    filled = _FILLED.search(value)
    return filled is not None and len(filled.group()) * 2 >= len(value)


def is_opaque(value: str) -> bool:
    """Tell whether this is no word, no name and no sentence: a token, or several random words joined."""
    if len(value) < 6 or not _OPAQUE_CHARS.match(value):
        return False
    if _WORDS.match(value):
        return len(value) >= 16 and not _is_prose(value) and not _NAMES_SOMETHING.search(value)
    return not _PLAIN.match(value) and (len(value) >= 12 or sum(map(bool, _classes(value))) >= 2)


def is_random(value: str) -> bool:
    """Tell whether this is long and looks drawn at random."""
    if len(value) < 16 or not _OPAQUE_CHARS.match(value) or _PLAIN.match(value) or _UUID.match(value):
        return False
    value = value[:_JUDGED]
    lower, upper, digit, _ = _classes(value)
    is_mixed_up = digit > 0 or turns(value) * 4 >= len(value)
    return is_mixed_up and (lower or upper) > 0 and entropy(value) >= 3.0 and _is_unbroken(value)


def is_mixed(value: str) -> bool:
    """Tell whether letters meet digits or signs, or cases alternate, as they seldom do in a word of a sentence."""
    has_digit = any(map(str.isdigit, value))
    return (
        (len(value) >= 8 and turns(value) >= 4)
        or (has_digit and any(map(str.isalpha, value)))
        or value.count("-") >= 3
        or any(sign in "!@#$%^&*+~" for sign in value[1:])
    )


def turns(value: str) -> int:
    """Return how often lower case meets something else."""
    return sum(one.islower() != other.islower() for one, other in pairwise(value))


def entropy(value: str) -> float:
    """Return the bits for each character, by how often each occurs."""
    total = len(value)
    return -sum(count / total * math.log2(count / total) for count in Counter(value).values())


def _is_unbroken(value: str) -> bool:
    """Tell whether some part of it without separators is long: a path, a version or a list is not."""
    return max(map(len, re.split(r"[:/.,;_@?&-]", value))) >= 10


def _is_prose(value: str) -> bool:
    words = value.split()
    is_sentence = (
        len(words) >= 5
        and value[0].isupper()
        and any(word[0].islower() for word in words)
        and value.replace(" ", "").isalpha()
    )
    return is_sentence or (len(words) >= 5 and len(_PROSE.findall(value)) >= 2)


def _classes(value: str) -> tuple[int, int, int, int]:
    lower = sum(char.islower() for char in value)
    upper = sum(char.isupper() for char in value)
    digit = sum(char.isdigit() for char in value)
    return lower, upper, digit, len(value) - lower - upper - digit
