"""When two addresses are one, and when two are of one site."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

from tld import get_fld

from domain.text import strip_invisible

_TRACKERS = re.compile(
    r"^(?:utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid"
    r"|igshid|igsh|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|ncid|cmpid|ocid|ito|at_medium|at_campaign|xtor|wt_mc|wt\.mc_id"
    r"|ref_src|ref_url|spm|_ga|_gl|vero_id|oly_enc_id|oly_anon_id|smid|s_cid|srsltid)$",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_SAFE = "%/:=?@!$&'()*+,;~[]-._"
_HOST = re.compile(r"^[\w.-]+$|^\[[0-9a-f:.]+\]$", re.ASCII)


def canonical_url(url: str) -> str | None:
    """The address in one spelling; None when it is no http(s) address. Applying it twice changes nothing.

    Scheme and host in lower case; without default port, credentials, fragment and tracking parameters; the query's
    parts in order; characters outside ASCII percent-encoded.
    """
    text = _encode_spaces(strip_invisible("".join(c for c in url.strip() if c >= " " and c != "\x7f")))
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host:
        return None
    host = _ascii_host(host)
    if not _HOST.match(host):
        return None
    told = (part for part in parts.query.split("&") if part and not _TRACKERS.match(part.partition("=")[0]))
    kept = sorted(_encode(part) for part in told)  # encoded first: the order of the letters is another
    netloc = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path = _encode(parts.path) or "/"
    return urlunsplit((scheme, netloc, path, "&".join(kept), ""))


def same_site(one: str, other: str) -> bool:
    """Whether two addresses belong to one registered domain, by the public suffix list (its private part too).

    Below a suffix where anybody may register (``github.io``, ``blogspot.com``) each name is a site of its own. Hosts
    without a registered domain are one site only where they are equal.
    """
    first, second = _site(one), _site(other)
    return first is not None and first == second


def _site(url: str) -> str | None:
    try:
        host = urlsplit(canonical_url(url) or "").hostname
    except ValueError:
        return None
    if not host:
        return None
    found = get_fld(f"https://{host}/", fail_silently=True, search_private=True)
    if found or ":" in host or host.replace(".", "").isdigit():
        return found or host
    return ".".join(host.split(".")[-2:])  # a top-level domain that the list does not know


def _encode_spaces(text: str) -> str:
    return "".join("%20" if c.isspace() else c for c in text.strip())


def _encode(text: str) -> str:
    return quote(text, safe=_SAFE, errors="replace")


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()
