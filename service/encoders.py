"""Which encoder a home searches by, and which one it is to change to.

The *active* encoder made the vectors that are searched. It is noted in the store (table ``meta``) by the transaction
that takes it into use; in a store without such a note it is the one that most vectors are by. The *wanted* encoder is
the configured one, unless ``vedette models use`` named another since the configuration was last changed. Where the two
differ, the vectors of the wanted one are made in the background (``service.embedding``), and only when it has them all
does it become the active one: a search never meets the vectors of two.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from domain.errors import ModelError
from index.store import schema as s
from service.config import Settings
from service.logging import get_logger
from service.own_models import own_models

if TYPE_CHECKING:
    from domain.protocols import Encoder
    from models.manifest import Manifest
    from models.registry import Located

log = get_logger(__name__)
ACTIVE, WISH = "encoder", "encoder-wish"
"""Keys of the table ``meta``."""
_SAMPLE = 100


@dataclass(frozen=True, slots=True)
class Named:
    """An encoder by the name it is loaded by and the id its vectors carry."""

    name: str
    id: str


def noted(c: Connection) -> Named | None:
    """The active encoder as the store notes it; None where it notes none."""
    body = _meta(c, ACTIVE)
    return None if body is None else Named(str(body.get("name", "")), str(body.get("id", "")))


def note_active(c: Connection, one: Named) -> None:
    """Take an encoder into use from this transaction on; whatever is derived from vectors is then made anew."""
    _put(c, ACTIVE, {"name": one.name, "id": one.id})
    c.execute(s.changes.insert().values(op="vector", passage_id=0))


def note_wish(c: Connection, name: str, *, configured: str) -> None:
    """Want an encoder; it holds until the configuration names another than it does now."""
    _put(c, WISH, {"name": name, "configured": configured})


def wish(c: Connection, *, configured: str) -> str:
    """The name of the encoder that is wished for; whether it is here is another matter."""
    body = _meta(c, WISH)
    if body is not None and body.get("configured") == configured and isinstance(body.get("name"), str):
        return str(body["name"])
    return configured


def prevailing(c: Connection) -> list[str]:
    """Ids of the encoders that the oldest and the newest passages have vectors by; those of the most first."""
    p, x = s.passages.c, s.vectors.c
    ids = [
        *c.scalars(select(p.id).order_by(p.id).limit(_SAMPLE)),
        *c.scalars(select(p.id).order_by(p.id.desc()).limit(_SAMPLE)),
    ]
    held = select(x.encoder, func.count()).where(x.passage_id.in_(ids)).group_by(x.encoder)
    counts = {str(one): int(n) for one, n in c.execute(held)}
    return sorted(counts, key=lambda one: (-counts[one], one))


def in_use(c: Connection, *, configured: str) -> str | None:
    """The id of the encoder that the store's vectors are searched by; None where there are none yet.

    ``configured`` is the id of the one that was configured: where it made as many as any other, it is meant.
    """
    found = noted(c)
    if found is not None:
        return found.id
    p, x = s.passages.c, s.vectors.c
    most = prevailing(c)
    if not most:
        return None
    if configured in most[1:]:
        lacking = select(p.id).outerjoin(s.vectors, (x.passage_id == p.id) & (x.encoder == configured))
        if c.scalar(lacking.where(x.passage_id.is_(None)).limit(1)) is None:
            return configured
    return most[0]


def _meta(c: Connection, key: str) -> dict[str, Any] | None:
    text = c.scalar(select(s.meta.c.value).where(s.meta.c.key == key))
    try:
        body = json.loads(text) if text is not None else None
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _put(c: Connection, key: str, body: dict[str, Any]) -> None:
    value = json.dumps(body, ensure_ascii=False)
    put = upsert(s.meta).values(key=key, value=value)
    c.execute(put.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


class Encoders:
    """The encoders of a home, each found and loaded once; safe to use from several threads."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self._home, self._settings = home, settings
        self._lock = threading.RLock()
        self._loaded: dict[str, Encoder] = {}
        self._located: dict[str, Located] = {}
        self._active: tuple[Named | None, Named, Encoder] | None = None
        self._lent: Encoder | None = None
        self._own: dict[str, Manifest] | None = None

    @property
    def loaded(self) -> bool:
        """Whether any encoder was loaded so far."""
        return bool(self._loaded) or self._lent is not None

    def lend(self, encoder: Encoder) -> None:
        """Use this one and no other: it was loaded elsewhere in this process."""
        self._lent = encoder

    def own(self) -> dict[str, Manifest]:
        """The manifests of the home's own models."""
        if self._own is None:
            self._own, wrong = own_models(self._home, self._settings)
            for error in wrong.values():
                log.warning("model %s is passed over: %s", error.item, error.reason)
        return self._own

    def forget(self) -> None:
        """Look anew at what the home's own models are."""
        with self._lock:
            self._own = None
            self._located.clear()

    def locate(self, name: str) -> Located:
        """Where an encoder is and what its vectors are called, by its name, folder, hub id or id.

        Raises:
            ModelError: there is none.
        """
        from models.registry import locate_encoder

        with self._lock:
            if name not in self._located:
                download = self._settings.models.allow_download
                self._located[name] = locate_encoder(self._named(name), allow_download=download, known=self.own())
            return self._located[name]

    def _named(self, name: str) -> str:
        """A folder's name may be told from where the home lies."""
        beside = self._home / name
        own = not name.startswith("~") and "/" in name and beside.is_dir()
        return str(beside if own else Path(name).expanduser()) if "/" in name else name

    def load(self, name: str) -> Encoder:
        """An encoder by its name, folder, hub id or id.

        Raises:
            ModelError: it is unknown or cannot be loaded.
        """
        from models.registry import load_encoder

        with self._lock:
            found = self.locate(name)
            if found.identity not in self._loaded:
                models = self._settings.models
                self._loaded[found.identity] = load_encoder(
                    self._named(name), threads=models.threads, allow_download=models.allow_download,
                    device=models.device, known=self.own(),
                )  # fmt: skip
            return self._loaded[found.identity]

    def identity(self, name: str) -> str | None:
        """The id of an encoder's vectors; None where it cannot be found."""
        try:
            return self.locate(name).identity
        except ModelError:
            return None

    def wanted(self, c: Connection) -> str:
        """The name of the encoder that is to be used: the one wished for where it is here, else the configured one.

        A wish may have come along with rows from elsewhere.
        """
        configured = self._settings.models.encoder
        name = wish(c, configured=configured)
        return configured if name != configured and self.identity(name) is None else name

    def active(self, c: Connection) -> Encoder:
        """The encoder whose vectors are searched, in the state of the store that the connection sees.

        One that cannot be loaded any more is told of, and the wanted one stands in: it finds what has vectors by it,
        and searches by words find the rest.

        Raises:
            ModelError: neither can be loaded.
        """
        if self._lent is not None:
            return self._lent
        mark = noted(c)
        with self._lock:
            if self._active is not None and self._active[0] == mark:
                return self._active[2]
            one, encoder = self._resolved(c, mark)
            self._active = (mark, one, encoder)
            return encoder

    def active_name(self, c: Connection) -> str:
        """What the active encoder is loaded by."""
        encoder = self.active(c)
        return encoder.id if self._active is None else self._active[1].name

    def _resolved(self, c: Connection, mark: Named | None) -> tuple[Named, Encoder]:
        configured = self._settings.models.encoder
        want = self.wanted(c)
        used = in_use(c, configured=self.identity(want) or "")
        if used is None:
            encoder = self.load(want)
            return Named(want, encoder.id), encoder
        trouble = "no model here has this id"
        for name in dict.fromkeys([mark.name if mark else want, want, configured, used, *self.own()]):
            if name and self.identity(name) == used:
                try:
                    return Named(name, used), self.load(name)
                except ModelError as error:
                    trouble = error.reason
        encoder = self.load(want)
        log.warning("the vectors here are by %s, which cannot be loaded (%s): searches by meaning go by %s and find "
                    "only what has vectors by it; `vedette models embed` makes them",
                    used, trouble, encoder.id)  # fmt: skip
        return Named(want, encoder.id), encoder
