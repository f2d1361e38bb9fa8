"""Messages to chat services through apprise, which knows some two hundred and fifty of them by their URLs.

To be called in a process of its own that has been told where it may connect: see ``service.chat_worker``. What apprise
logs may hold tokens, so that nothing of it is passed on; what the service answered is seen on the way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["sent", "not sent", "refused", "uncertain"]

LOCAL = frozenset({
    "blink1", "dbus", "file", "gio", "glib", "gnome", "growl", "kde", "macosx", "qt", "syslog", "windows",
})  # fmt: skip
"""Ways to this machine's own screen and logs, which take no message out of the house."""

_LATER = frozenset({408, 425, 429})


@dataclass(slots=True)
class Seen:
    """What was seen on the way: statuses, requests that were taken, and such as ended without an answer."""

    statuses: list[int] = field(default_factory=list)
    taken: int = 0
    unanswered: int = 0
    unreached: int = 0


def scheme_of(url: str) -> str:
    """The scheme of a chat service's URL, in lower case; empty where it has none."""
    scheme, sep, _ = url.strip().partition("://")
    return scheme.lower() if sep and scheme.replace("+", "").replace("-", "").replace(".", "").isalnum() else ""


def refusal(url: str) -> str | None:
    """Why a chat service's URL is refused at sight; None where it is not."""
    scheme = scheme_of(url)
    if not scheme:
        return "is no URL of a chat service"
    if scheme in LOCAL:
        return f"{scheme}:// stays on this machine and is not used"
    return None


def known(url: str) -> bool:
    """Whether apprise can make sense of a URL (its secrets may still be wrong)."""
    return _plugin(url, seconds=1.0) is not None


def notify(
    url: str, subject: str, text: str, *, seconds: float, forbidden: Callable[[], str | None],
    reached: Callable[[], bool],
) -> tuple[Ending, str]:  # fmt: skip
    """Send a message; gives how it ended and why, without any secret.

    Never sends twice by itself: no retries, no redirects, certificates always checked.

    Args:
        forbidden: what policy stopped on the way, if anything. reached: whether any connection was let through.
    """
    logging.getLogger("apprise").disabled = True
    if (reason := refusal(url)) is not None:
        return "refused", reason
    plugin = _plugin(url, seconds=seconds)
    if plugin is None:
        stopped = forbidden()
        return "refused", stopped or f"{scheme_of(url)}:// with these parts is no URL that apprise knows"
    seen = Seen()
    _watch(seen)
    try:
        done = bool(plugin.notify(body=text, title=subject, body_format="text"))
        what = "the service did not take it"
    except Exception as error:  # a plugin of many authors: whatever it raises is one message's failure
        done, what = False, f"the plugin failed ({type(error).__name__})"
    return ("sent", "") if done else _ending(seen, what, forbidden=forbidden(), reached=reached())


def _ending(seen: Seen, what: str, *, forbidden: str | None, reached: bool) -> tuple[Ending, str]:
    said = f"{what}: it answered {', '.join(map(str, seen.statuses))}" if seen.statuses else what
    if seen.taken:
        return "uncertain", f"{said}; a part of it was taken"
    if seen.unanswered:
        return "uncertain", "it was handed over and not answered"
    if forbidden is not None:
        return "refused", forbidden
    if seen.statuses:
        last = seen.statuses[-1]
        later = last in _LATER or last >= 500
        return ("not sent" if later else "refused"), said
    if seen.unreached or not reached:
        return "not sent", "the service cannot be reached"
    return "uncertain", what  # another protocol than HTTP: what went over the connection is not known


def _plugin(url: str, *, seconds: float) -> Any:
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Vedette", app_desc="Vedette", app_url="", async_mode=False, http_redirects=False,
        default_service_retry=0, storage_mode="memory", allow_templates=False, image_url_mask="", image_url_logo="",
    )  # fmt: skip
    plugin = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is not None:
        # What the URL says of these does not hold.
        plugin.retry, plugin.redirects, plugin.verify_certificate = 0, False, True
        plugin.socket_connect_timeout = plugin.socket_read_timeout = seconds
    return plugin


def _watch(seen: Seen) -> None:
    """See every request that requests makes, and how it ended."""
    import requests
    from urllib3.exceptions import NewConnectionError

    inner = requests.Session.send

    def send(self: requests.Session, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        changes = (request.method or "").upper() not in ("GET", "HEAD", "OPTIONS")
        try:
            response = inner(self, request, **kwargs)
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError):
            seen.unreached += 1
            raise
        except requests.exceptions.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", None)
            unmade = isinstance(reason, NewConnectionError)
            seen.unreached += unmade
            seen.unanswered += changes and not unmade
            raise
        except requests.exceptions.RequestException:
            seen.unanswered += changes
            raise
        seen.statuses.append(response.status_code)
        seen.taken += changes and 200 <= response.status_code < 300
        return response

    requests.Session.send = send  # type: ignore[method-assign]
