"""Tell from the name of a setting, option, header or variable whether its value is a secret.

A name is read as words, whether they are joined by case, dashes, dots, underscores or nothing. It is the thing named
that counts: `token` is secret, `token_file`, `token_ttl` and `token_count` are not.
"""

# ruff: noqa: E501, SIM905 - tables read best a row a line

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple


class Weight(IntEnum):
    """How much the name alone says about the value."""

    WEAK = 1
    """It may be a secret: only a long opaque value is one (`key`, `session`, `auth`)."""
    LIKELY = 2
    """It is one unless the value is a plain word, a number or a name (`token`, `secret`)."""
    SURE = 3
    """Any value that is no reference and no placeholder is one (`password`, `client_secret`)."""


class Named(NamedTuple):
    """What a name stands for."""

    kind: str
    """Kind of the secret."""
    weight: Weight
    """How sure the name is."""


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_PASSWORD = re.compile(
    r"(?!no).*(?:passwords?|passwds?|passphrases?|passwort|passcodes?|passw|kennwort|contrasena|motdepasse|wachtwoord|senha|pwd|psk)$"
)
_PASS = re.compile(r"(?!no|bypass|compass|encompass|trespass|surpass|overpass|underpass|pass$).*pass$|pass$")
_PW = re.compile(r"(?:root|bind|admin|user|db|sasl|ldap|smtp|imap|mail|my|proxy|ipmi|vnc|ftp|new|old|login)?pw$")
_TOKEN = re.compile(r".*token$|.*authtok$")
_SECRET = re.compile(r".*secret$")
_ENDS = (("key", re.compile(r".+key$")), ("code", re.compile(r".+code$")), ("salt", re.compile(r".*salt$")))
_NO_KEYS = frozenset(
    "publickey pubkey hostkey nodekey mkey discokey mapkey sshkey cachekey sortkey monkey hotkey turkey whiskey keykey".split()
)
_JOINED_KEY = re.compile(
    r".*(?:api|apps?|secret|private|access|auth|license|master|shared|signing|encryption|session|hmac|pass|admin|"
    r"account|consumer|client|deploy|crypt|write|ping|integration|routing|pre|preauth|network|setup|unseal|recovery)keys?$"
)
_KEY_BEFORE = frozenset(
    "api secret private access auth authentication authorization license licence master shared preshared signing sign "
    "encryption encrypt encrypted crypt crypto session hmac admin account consumer client deploy deployment write ping "
    "integration routing app application storage service webhook jwt cookie wpa wifi wlan wep bot server subscription "
    "instrumentation ingest ingestion provisioning enrollment enrolment activation recovery unlock decryption decrypt "
    "root data stream network link join cluster gossip agent node registration user host fernet rails django laravel "
    "base serial restricted publishable live test security tsig rndc update pairing device setup bouncer zone dns "
    "internal external global local wireguard wg ssl tls backup archive repo repository vault seal unseal share mesh "
    "channel noise psk preauth machine owner project collector metrics logs forwarding relay trusted identity rsa "
    "ecdsa ed25519 dsa psk1 cloudflare cf openai anthropic gemini google mistral groq sonarr radarr plex tmdb omdb "
    "newznab nzb tautulli lidarr readarr prowlarr bazarr overseerr jellyfin emby influx grafana sendgrid mailgun "
    "resend postmark maps geoip maxmind weather openweathermap hetzner linode vultr ovh gandi porkbun godaddy "
    "digitalocean aws azure gcp s3 b2 r2 minio wasabi openssl symm".split()
)
_NOT_KEYS = frozenset(
    "public pub host primary foreign sort partition cache object idempotency index row hash lookup natural surrogate "
    "unique map dict json yaml registry hot access_type translation ssh known authorized apt gpg trace group routing_by "
    "config order message state storage_class minisign signify websocket socket accept exchange shortcut arrow escape enter".split()
)
_WEAK = {
    "key": "key",
    "keys": "key",
    "auth": "credentials",
    "authorization": "credentials",
    "session": "session",
    "sessionid": "session",
    "sessid": "session",
    "phpsessid": "session",
    "jsessionid": "session",
    "sid": "session",
    "salt": "salt",
    "seed": "seed",
    "sig": "signature",
    "ticket": "session",
    "jwt": "token",
    "bearer": "token",
    "webhook": "webhook",
    "hook": "webhook",
    "csrf": "session",
    "appid": "key",
    "samlresponse": "session",
    "samlrequest": "session",
    "assertion": "session",
    "xsrf": "session",
}
_JOINED = frozenset({"samlresponse", "samlrequest", "appid"})
_SURE = {
    "mnemonic": "seed",
    "pin": "pin",
    "puk": "pin",
    "otp": "one-time-password",
    "seedphrase": "seed",
    "passcode": "password",
    "totp": "one-time-password",
}
_LIKELY = {
    "community": "snmp-community",
    "rocommunity": "snmp-community",
    "rwcommunity": "snmp-community",
    "cookie": "cookie",
    "credential": "credentials",
    "credentials": "credentials",
    "creds": "credentials",
}
ABOUT = frozenset(
    "file files filename path paths dir directory folder location expiry expires expire expired expiration exp ttl "
    "timeout lifetime age length len size count counts limit min max minimum maximum policy policies url uri urls "
    "endpoint type types name names enabled enable disabled disable required require algorithm algo alg hint reset "
    "field fields header headers prefix suffix format issuer audience scope scopes ref refs reference version rotation "
    "days hours minutes seconds sec secs ms store storage provider method manager management command cmd prompt label "
    "env var variable variables mode user username users source usage created updated date time at by status state "
    "valid invalid error errors attempts retries strength complexity history change changed changes authentication "
    "authenticator login logins protected less free only generator generation validator validation validity encoder "
    "encoding encryption rules rule regex pattern chars characters class column table index idx title description "
    "desc text message placeholder enc_type cost rounds iterations bits bytes interval window budget usage rate bucket "
    "hook_url auth_method server host hostname port address domain realm group groups role roles digest checksum "
    "fingerprint thumbprint hasher salt_length script agent handler plugin engine backend bin binary program "
    "operator operators match matches mount mounts volume namespace selector key_name owner permissions based "
    "authority subject template params param parameters parameter id_type review request response rotate grace "
    "renewal refresh_interval leeway cache process processing mask masks masking manifest key_id last next total per "
    "is has needs wants allow allowed deny denied skip ignore verify verified check checks checked".split()
)
_SECRET_CODES = frozenset(
    "alarm access unlock door setup verification recovery invite pairing auth security backup disarm scratch homekit "
    "matter rescue emergency onboarding".split()
)
_OBJECTS = frozenset(
    "existing tls pull image password token auth credentials kubernetes docker external sealed registry cert "
    "certificate ca key generic opaque kube service source target bootstrap admin_user user_password database db".split()
)
"""`existingSecret` and its like name an object of a cluster, not a value."""
_PASSES = frozenset("fastcgi proxy uwsgi scgi grpc memcached first second by next two one multi render".split())
_PLURALS = frozenset("keys secrets tokens".split())
_VERBS = frozenset(
    "has is use show update require requires need needs allow disable enable without with force can generate random check "
    "validate invalid missing wrong expired bad incorrect unknown ask prompt forgot change reset remember hide no".split()
)
_PASSWORDS = frozenset("password passwd pass pw pwd passphrase".split())


def judge(name: str) -> Named | None:
    """Return what this name stands for, or None when its value is no secret by its name."""
    words = [word.lower() for word in _WORD.findall(name)]
    while words and (words[-1].isdigit() or (words[-1] == "v" and words != ["v"] and name[-1].isdigit())):
        words.pop()
    if "".join(words) in _JOINED:
        return Named(_WEAK["".join(words)], Weight.WEAK)
    if words[-1:] and words[-1] in {"encryption", "hash"} and len(words) > 2 and words[-2] == "key":
        return Named("key", Weight.WEAK)
    for index in range(len(words) - 1, -1, -1):
        if words[index] in {"key", "keys"} and index and words[index - 1] in _NOT_KEYS:
            return None
        found = _root(words, index)
        if found is not None:
            return _with_rest(found, words, words[index + 1 :])
        if words[index] in ABOUT or words[index][:-1] in ABOUT:
            return None
    return None


def _with_rest(found: Named, words: list[str], rest: list[str]) -> Named | None:
    """Judge by what follows the root: `secret_id` is one, `token_prod` may be, `key_x` is not."""
    if not rest:
        return found
    if rest == ["id"] and words[-3:] == ["access", "key", "id"]:
        return Named("key", Weight.WEAK)
    if rest == ["id"]:
        is_secret = words[-2:] == ["secret", "id"] or words[-2:] == ["session", "id"]
        return found if is_secret else None
    if found.weight is Weight.WEAK or "id" in rest or any(word in ABOUT or word[:-1] in ABOUT for word in rest):
        return None
    return Named(found.kind, min(found.weight, Weight.LIKELY) if rest != ["base"] else found.weight)


def _root(words: list[str], index: int) -> Named | None:
    """Return what the word at this place names, read together with the word before it."""
    word, before = words[index], words[index - 1] if index else ""
    if word in _SURE or word in _LIKELY:
        return Named((_SURE | _LIKELY)[word], Weight.SURE if word in _SURE else Weight.LIKELY)
    if _PASSWORD.match(word) or _PASS.match(word) or _PW.match(word):
        is_passed = word == "pass" and before in _PASSES
        return None if is_passed else Named("password", Weight.LIKELY if before in _VERBS else Weight.SURE)
    for kind, pattern in (("secret", _SECRET), ("token", _TOKEN)):
        if pattern.match(word):
            is_sure = (before or word != kind) and before not in _OBJECTS
            return Named(kind, Weight.SURE if is_sure else Weight.LIKELY)
    if _JOINED_KEY.match(word):
        return Named("key", Weight.SURE)
    if word in _PLURALS:
        one = _root([*words[:index], word[:-1]], index)
        return Named(one.kind, min(one.weight, Weight.LIKELY)) if one else None
    return _by_word_before(word, words[:index])


def _by_word_before(word: str, words: list[str]) -> Named | None:
    before = words[-1] if words else ""
    if word == "key" and before:
        return Named("key", Weight.LIKELY if before in _KEY_BEFORE or words[0] == "x" else Weight.WEAK)
    if word == "hash" and before in _PASSWORDS:
        return Named("password-hash", Weight.WEAK)
    if word in {"code", "codes"} and before in _SECRET_CODES:
        return Named("code", Weight.LIKELY)
    kind = _WEAK.get(word) or next((kind for kind, end in _ENDS if end.match(word) and word not in _NO_KEYS), None)
    return Named(kind, Weight.WEAK) if kind else None
