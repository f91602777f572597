"""Find tokens that say by their first letters who gave them out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless

_FORMATS: tuple[tuple[str, str, str], ...] = (
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{20,255}"),
    ("github-token", "github_pat_", r"[A-Za-z0-9_]{20,255}"),
    (
        "gitlab-token",
        "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- gloas- glimt- glffct- glwt-",
        r"[\w.=-]{16,300}",
    ),
    ("gitlab-token", "gr1348941", r"[\w-]{16,80}"),
    ("gitea-token", "gta_", r"[A-Za-z0-9]{30,80}"),
    ("slack-token", "xoxb- xoxp- xoxa- xoxo- xoxr- xoxs- xoxc- xoxd- xoxe- xoxe. xapp-", r"[\w.%/+=-]{10,500}"),
    ("anthropic-key", "sk-ant-", r"[\w-]{20,300}"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None- sk-or-v1- sk-lf- pk-lf- sk-litellm-", r"[\w-]{20,300}"),
    ("api-key", "sk-", r"(?=[A-Za-z-]{0,80}\d)[A-Za-z0-9]{20,200}"),
    ("aws-key-id", "AKIA ASIA ABIA ACCA AROA AIDA AGPA ANPA ANVA", r"[A-Z0-9]{12,24}(?![A-Za-z0-9])"),
    ("aws-key", "ABSK", r"[A-Za-z0-9+/]{60,200}={0,2}"),
    ("google-key", "AIza", r"[\w-]{30,45}"),
    ("google-token", "ya29.", r"[\w.-]{20,2000}"),
    ("google-token", "GOCSPX-", r"[\w-]{20,60}"),
    ("tailscale-key", "tskey-", r"[A-Za-z0-9-]{10,200}"),
    ("headscale-key", "hskey-", r"[\w-]{16,200}"),
    ("huggingface-token", "hf_", r"[A-Za-z0-9]{20,80}"),
    ("replicate-token", "r8_", r"[A-Za-z0-9]{20,60}"),
    ("groq-key", "gsk_", r"[A-Za-z0-9]{20,80}"),
    ("xai-key", "xai-", r"[A-Za-z0-9]{30,120}"),
    ("perplexity-key", "pplx-", r"[A-Za-z0-9]{20,80}"),
    ("npm-token", "npm_", r"[A-Za-z0-9]{20,80}"),
    ("pypi-token", "pypi-", r"(?=AgE|AgN|[\w-]{0,40}\d)[\w-]{30,400}"),
    ("crates-token", "cio", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("rubygems-key", "rubygems_", r"[a-f0-9]{30,80}"),
    ("docker-token", "dckr_pat_ dckr_oat_", r"[\w-]{16,80}"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{32,80}"),
    ("grafana-token", "glsa_ glc_", r"[\w+/=]{20,600}"),
    ("sendgrid-key", "SG.", r"[\w-]{10,40}\.[\w-]{20,80}"),
    ("mailgun-key", "key-", r"[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("mailchimp-key", "md-", r"[A-Za-z0-9_-]{22}(?![A-Za-z0-9])"),
    ("brevo-key", "xkeysib- xsmtpsib-", r"[a-f0-9]{40,80}-[A-Za-z0-9]{8,24}"),
    ("resend-key", "re_", r"(?=[A-Za-z_]{0,12}\d)[A-Za-z0-9]{6,12}_[A-Za-z0-9]{16,40}"),
    ("postman-key", "PMAK-", r"[a-f0-9]{20,30}-[a-f0-9]{30,40}"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk_org_", r"[A-Za-z0-9+/=_]{16,250}"),
    ("square-token", "EAAA sq0atp- sq0csp- sq0idp-", r"[\w-]{22,80}(?![A-Za-z0-9])"),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"[A-Fa-f0-9]{28,40}"),
    ("twilio-key", "SK AC", r"(?=[a-f]{0,80}\d)[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("vault-token", "hvs. hvb. hvr.", r"[\w-]{20,400}"),
    ("vault-token", "s.", r"(?=[A-Za-z]{0,80}\d)(?=[A-Za-z0-9]{0,80}[A-Z])[A-Za-z0-9]{24}(?![\w.])"),
    ("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", r"[\w.-]{20,120}"),
    ("1password-token", "ops_ey", r"[A-Za-z0-9+/=_-]{40,2000}"),
    ("1password-token", "A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{4,6}-){3,5}[A-Z0-9]{5}"),
    (
        "bitwarden-token",
        "0.",
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[\w]{20,60}:[\w+/=]{20,60}",
    ),
    ("infisical-token", "st.", r"[0-9a-f]{16,64}\.[0-9a-f]{16,64}\.[0-9a-f]{16,64}"),
    ("cloudflare-key", "v1.0-", r"[a-f0-9]{24}-[a-f0-9]{100,160}"),
    ("cloudflare-key", "cfut_ cfat_ cfk_", r"[\w-]{30,80}"),
    ("fly-token", "fm1r_ fm1a_ fm2_ fo1_", r"[\w+/=-]{30,2000}"),
    ("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", r"[A-Za-z0-9]{24,80}"),
    ("netlify-token", "nfp_ nfc_ nfo_ nfb_ nfu_", r"[A-Za-z0-9]{30,60}"),
    ("render-key", "rnd_", r"[A-Za-z0-9]{24,60}"),
    ("supabase-key", "sbp_ sb_secret_", r"[\w-]{20,80}"),
    ("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w=.-]{30,80}"),
    ("neon-key", "napi_", r"[a-z0-9]{40,80}"),
    ("databricks-token", "dapi", r"[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    ("linear-key", "lin_api_ lin_oauth_", r"[A-Za-z0-9]{30,80}"),
    ("notion-token", "ntn_", r"[A-Za-z0-9]{30,80}"),
    ("notion-token", "secret_", r"(?=[A-Za-z]{0,80}\d)[A-Za-z0-9]{43}(?![A-Za-z0-9])"),
    ("airtable-token", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("atlassian-token", "ATATT3 ATCTT3 ATBB", r"[\w=-]{20,300}"),
    ("figma-token", "figd_", r"[\w-]{30,60}"),
    ("dropbox-token", "sl.", r"[\w-]{60,2000}"),
    ("sentry-token", "sntrys_ sntryu_", r"[\w+/=]{40,400}"),
    ("newrelic-key", "NRAK- NRII- NRJS- NRRA-", r"[A-Za-z0-9_-]{19,60}"),
    ("dynatrace-token", "dt0c01. dt0s16.", r"[A-Z2-7]{24}\.[A-Z2-7]{64}"),
    ("posthog-key", "phx_ phs_", r"[A-Za-z0-9]{30,80}"),
    ("langsmith-key", "lsv2_pt_ lsv2_sk_", r"[a-f0-9]{32}_[a-f0-9]{10}"),
    ("pulumi-token", "pul-", r"[a-f0-9]{40}"),
    ("buildkite-token", "bkua_", r"[a-f0-9]{40}"),
    ("circleci-token", "CCIPAT_", r"[A-Za-z0-9]{20,30}_[a-f0-9]{40}"),
    ("sonarqube-token", "squ_ sqp_ sqa_", r"[a-f0-9]{40}"),
    ("artifactory-token", "AKCp", r"[A-Za-z0-9]{50,80}"),
    ("artifactory-token", "cmVmdGtu", r"[A-Za-z0-9]{40,80}"),
    ("ntfy-token", "tk_", r"(?=[a-z]{0,80}\d)[a-z0-9]{24,40}(?![A-Za-z0-9])"),
    ("netbird-key", "nbp_", r"[A-Za-z0-9]{30,60}"),
    ("netbox-token", "nbt_", r"[A-Za-z0-9]{8,20}\.[A-Za-z0-9]{30,60}"),
    ("proxmox-token", "PVEAPIToken=", r"[^\s=\"']{3,120}[=:](?P<value>[0-9a-f-]{36})"),
    ("proxmox-token", "PBSAPIToken=", r"[^\s=:\"']{3,120}[=:](?P<value>[0-9a-f-]{36})"),
    ("session", "PVE:", r"[\w.@-]{1,64}:[0-9A-F]{8}::[\w+/=]{40,600}"),
    ("session", "PBS:", r"[\w.@!%-]{1,64}:[0-9A-F]{8}::[\w+/=]{40,600}"),
    ("k3s-token", "K10", r"[0-9a-f]{32,64}::(?:[\w.-]{1,64}:)?[\w.:-]{6,128}"),
    ("docker-swarm-token", "SWMTKN-1-", r"[a-z0-9]{30,60}-[a-z0-9]{20,30}"),
    ("docker-swarm-key", "SWMKEY-1-", r"[\w+/=]{30,60}"),
    ("rancher-token", "token-", r"[a-z0-9]{5}:[a-z0-9]{50,60}"),
    ("openshift-token", "sha256~", r"[\w-]{40,50}(?![\w-])"),
    ("age-identity", "AGE-SECRET-KEY- AGE-PLUGIN-", r"[A-Z0-9-]{20,2000}"),
    ("jwt", "eyJ", r"[\w-]{8,4000}\.[\w-]{2,20000}\.[\w-]{0,2000}(?:\.[\w-]{1,4000}\.[\w-]{1,500})?"),
    ("paseto", "v4.local. v3.local. v2.local. v4.public. v2.public.", r"[\w-]{32,4000}(?:\.[\w-]{1,400})?"),
    ("fernet-token", "gAAAAA", r"[\w-]{60,20000}={0,2}"),
    ("nostr-key", "nsec1", r"[a-z0-9]{50,70}"),
    ("plex-claim", "claim-", r"(?=[A-Za-z_-]{0,80}\d)[\w-]{18,24}(?![\w-])"),
    ("discord-token", "mfa.", r"[\w-]{60,100}"),
    ("okta-token", "SSWS", r" (?P<value>00[\w-]{30,60})"),
    ("facebook-token", "EAACEdEose0cBA EAAB", r"[A-Za-z0-9]{30,300}"),
    ("tailscale-key", "nodekey-private: privkey:", r"(?P<value>[0-9a-f]{64})"),
)
KINDS = frozenset(kind for kind, _, _ in _FORMATS)
"""Kinds of tokens."""
_CHAT = re.compile(r"(?:(?<=bot)|(?<![\w:/-]))\d{6,12}:AA[\w-]{30,40}(?![\w-])")
_DISCORD = re.compile(r"(?<![\w.-])[MNO][A-Za-z\d]{22,27}\.[\w-]{5,7}\.[\w-]{27,45}(?![\w.-])")
_DISCORD_WORD = re.compile(rb"[MNO][A-Za-z\d]{22,27}\.[\w-]{5,7}\.[\w-]{27,45}")


def _compiled() -> dict[str, tuple[tuple[str, re.Pattern[str]], ...]]:
    by_prefix: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for kind, prefixes, rest in _FORMATS:
        for prefix in prefixes.split("|") if "|" in prefixes else prefixes.split():
            by_prefix.setdefault(prefix, []).append((kind, re.compile(rest, re.ASCII)))
    return {prefix: tuple(formats) for prefix, formats in by_prefix.items()}


_BY_PREFIX = _compiled()
_WHOLE_WORDS = {prefix[:-1].encode(): prefix for prefix in _BY_PREFIX if not re.match(rb"[\w.-]", prefix[-1:].encode())}
_BEGINNINGS = {prefix.encode(): prefix for prefix in _BY_PREFIX if prefix[:-1].encode() not in _WHOLE_WORDS}
_FIRSTS = frozenset(prefix[:3] for prefix in _BEGINNINGS)
"""A prefix of two letters as it is, of a longer one the first three."""
_LENGTHS = sorted({len(prefix) for prefix in _BEGINNINGS})
_ESCAPED = 2
"""How many letters of an escape may stick to a token: `n` of a written line break, `3D` of a percent escape."""
_AA = triggers(":aa")


def spans(text: Text) -> Iterator[Span]:
    """Yield tokens of known makers."""
    for prefix in _present(text):
        formats = _BY_PREFIX[prefix]
        at = text.text.find(prefix)
        while at >= 0:
            end = at + len(prefix)
            found = _at(text.text, at, end, formats)
            if found is not None:
                yield found
                end = found.end
            at = text.text.find(prefix, end)
    for place in text.places(_AA):
        yield from _around(text.text, place, 12, _CHAT, "telegram-token")
    if any(_DISCORD_WORD.fullmatch(word) for word in text.long_words):
        yield from (Span(*match.span(), "discord-token") for match in _DISCORD.finditer(text.text))


def _present(text: Text) -> set[str]:
    """Return the prefixes with which some word of the text begins."""
    found = {_WHOLE_WORDS[word] for word in _WHOLE_WORDS.keys() & text.words}
    firsts = _FIRSTS
    for word in [
        w
        for w in text.long_words
        if w[:3] in firsts
        or w[1:4] in firsts
        or w[2:5] in firsts
        or w[:2] in firsts
        or w[1:3] in firsts
        or w[2:4] in firsts
    ]:
        for skipped in range(_ESCAPED + 1):
            rest = word[skipped:]
            found.update(_BEGINNINGS[start] for length in _LENGTHS if (start := rest[:length]) in _BEGINNINGS)
    return found


def _at(text: str, start: int, end: int, formats: tuple[tuple[str, re.Pattern[str]], ...]) -> Span | None:
    """Return the token that begins here, unless the place lies inside a longer word."""
    if start and (text[start - 1].isalnum() or text[start - 1] == "_") and not _is_escape(text, start):
        return None
    for kind, rest in formats:
        match = rest.match(text, end)
        if match and not is_harmless(text[start : match.end()]) and not is_harmless(match.group()):
            return Span(*match.span("value"), kind) if "value" in rest.groupindex else Span(start, match.end(), kind)
    return None


def _is_escape(text: str, at: int) -> bool:
    """Tell whether the letter before belongs to an escape: `\\nghp_...`, `%3Dghp_...`."""
    return text[max(0, at - 2) : at] in {"\\n", "\\t", "\\r"} or text[max(0, at - 3) : at - 2] == "%"


def _around(text: str, place: int, before: int, pattern: re.Pattern[str], kind: str) -> Iterator[Span]:
    match = pattern.search(text, max(0, place - before), place + 60)
    if match and match.start() <= place < match.end():
        yield Span(*match.span(), kind)
