"""Configuration: the commented defaults, the home folder's ``vedette.toml``, then the environment.

Only the service and the interfaces read it; stages take keyword arguments.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from domain.desk import KINDS
from domain.errors import ConfigError
from domain.label import Label, parse_label

ENV = "VEDETTE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Section ``[models]``."""

    encoder: str
    threads: int
    allow_download: bool
    recognisers: bool
    device: str
    recogniser: Mapping[str, str]
    own: Mapping[str, Mapping[str, Any]]
    """What ``[models.NAME]`` says, by name."""
    reranker: str = ""
    rerank: int = 20
    rerank_seconds: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """Section ``[ingest]``."""

    batch: int
    max_bytes: int
    allow_hosts: tuple[str, ...]
    user_agent: str
    articles: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """Section ``[watch]``; the units are in the names."""

    least_minutes: float
    first_minutes: float
    most_hours: float
    gone_days: float
    folder_seconds: float
    workers: int
    gap_seconds: float
    pages: int
    spread_minutes: float
    scan_minutes: float
    save_minutes: float
    keep_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """Section ``[search]``."""

    k: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Section ``[alerts]``."""

    alpha: float
    false_discovery_rate: float
    quiet_days: int
    evidence: int
    budget: int
    delivery: str
    events: bool
    probability: float
    false_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """Section ``[delivery]``."""

    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_user: str
    sender: str
    ca_file: str
    allow_hosts: tuple[str, ...]
    seconds: float
    tries: int
    stale_days: int
    resend_uncertain: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefingSettings:
    """Section ``[briefing]``."""

    lang: str
    days: int
    baseline_weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSettings:
    """Section ``[reader]``."""

    clearance: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardSettings:
    """Section ``[dashboard]``."""

    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings."""

    models: ModelSettings
    ingest: IngestSettings
    watch: WatchSettings
    search: SearchSettings
    alerts: AlertSettings
    delivery: DeliverySettings
    briefing: BriefingSettings
    reader: ReaderSettings
    dashboard: DashboardSettings


_SECTIONS: dict[str, type[Any]] = {
    "models": ModelSettings, "ingest": IngestSettings, "watch": WatchSettings, "search": SearchSettings,
    "alerts": AlertSettings, "delivery": DeliverySettings, "briefing": BriefingSettings, "reader": ReaderSettings,
    "dashboard": DashboardSettings,
}  # fmt: skip
_CHOICES = {
    ("ingest", "articles"): ("off", "auto", "always"),
    ("search", "mode"): ("hybrid", "dense", "lexical"),
    ("alerts", "delivery"): ("log", "none"),
    ("delivery", "smtp_security"): ("starttls", "tls", "off"),
    ("briefing", "lang"): ("en", "vi", "fr"),
}


def load(home: Path, *, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that hold for a home folder.

    Raises:
        ConfigError: the file is no TOML, or a section, key, type or value is not one we know; the message names it.
    """
    environ = os.environ if environ is None else environ
    values = tomllib.loads(files("service").joinpath("default.toml").read_text("utf-8"))
    values["models"]["own"] = {}
    own = home / "vedette.toml"
    try:
        _merge(values, tomllib.loads(own.read_text("utf-8")), where=str(own))
    except (FileNotFoundError, NotADirectoryError):
        pass  # the defaults hold
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", item=str(own), stage="config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not readable as TOML: {error}", item=str(own), stage="config") from error
    for name, text in sorted(environ.items()):
        section, _, key = name.removeprefix(ENV).lower().partition("__")
        if name.startswith(ENV) and key:
            _merge(values, {section: {key: _typed(text, values.get(section, {}).get(key))}}, where=name)
    return _settings(values)


def _typed(text: str, like: Any) -> Any:
    try:
        if isinstance(like, bool):
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        if isinstance(like, int | float):
            return type(like)(text)
    except (KeyError, ValueError):
        return text  # refused with its name below
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(like, list) else text


def _merge(values: dict[str, Any], own: Mapping[str, Any], *, where: str) -> None:
    for section, keys in own.items():
        if section not in values or not isinstance(keys, Mapping):
            raise ConfigError(f"unknown section [{section}]; known: {', '.join(values)}", item=where, stage="config")
        for key, value in keys.items():
            if section == "models" and isinstance(value, Mapping) and key != "recogniser":
                values[section]["own"][key] = dict(value)
                continue
            if key not in values[section] or (section, key) == ("models", "own"):
                known = ", ".join(name for name in values[section] if (section, name) != ("models", "own"))
                raise ConfigError(f"unknown key {key!r} in [{section}]; known: {known}", item=where, stage="config")
            like = values[section][key]
            fits = type(value) is type(like) or (isinstance(like, float) and type(value) is int)
            if not fits:
                need = type(like).__name__
                raise ConfigError(f"{key} in [{section}] must be a {need}, got {value!r}", item=where, stage="config")
            choices = _CHOICES.get((section, key))
            if choices and value not in choices:
                known = ", ".join(choices)
                raise ConfigError(f"{key} must be one of {known}; got {value!r}", item=where, stage="config")
            values[section][key] = type(like)(value)


def _settings(values: Mapping[str, Any]) -> Settings:
    made: dict[str, Any] = {}
    for section, kind in _SECTIONS.items():
        given = {f.name: values[section][f.name] for f in fields(kind)}
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        if section == "reader":
            try:
                given["clearance"] = parse_label(given["clearance"])
            except ValueError as error:
                raise ConfigError(str(error), item="clearance", stage="config") from error
        made[section] = kind(**given)
    settings = Settings(**made)
    if odd_names := [lang for lang, name in settings.models.recogniser.items() if not isinstance(name, str)]:
        raise ConfigError("must name a model", item=f"models.recogniser.{odd_names[0]}", stage="config")
    if not 0 < settings.alerts.probability < 1 or not 0 < settings.alerts.false_share <= 1:
        raise ConfigError("must lie between 0 and 1", item="probability, false_share in [alerts]", stage="config")
    if not 0 < settings.alerts.alpha < 1 or not 0 < settings.alerts.false_discovery_rate < 1:
        raise ConfigError("must lie between 0 and 1", item="alpha, false_discovery_rate in [alerts]", stage="config")
    if settings.search.k < 1 or settings.ingest.batch < 1 or settings.alerts.quiet_days < 1:
        raise ConfigError("must be at least 1", item="search.k, ingest.batch, alerts.quiet_days", stage="config")
    if settings.alerts.quiet_days > 90:
        raise ConfigError("must be at most 90: an episode lasts no longer", item="alerts.quiet_days", stage="config")
    if min(settings.alerts.budget, settings.alerts.evidence, settings.briefing.baseline_weeks) < 0:
        named = "alerts.budget, alerts.evidence, briefing.baseline_weeks"
        raise ConfigError("must not be negative", item=named, stage="config")
    if not 1 <= settings.briefing.days <= 3660:
        raise ConfigError("must lie between 1 and 3660", item="briefing.days", stage="config")
    if odd := [f"{name}.{key}" for name, keys in values.items() for key, value in keys.items()
               if isinstance(value, float) and not math.isfinite(value)]:  # fmt: skip
        raise ConfigError("must be a finite number", item=odd[0], stage="config")
    watch = settings.watch
    if not 0 < watch.least_minutes <= watch.first_minutes <= 60 * watch.most_hours:
        named = "watch.least_minutes, watch.first_minutes, watch.most_hours"
        raise ConfigError("must be positive and rise in this order", item=named, stage="config")
    if min(watch.workers, watch.pages, watch.keep_days, watch.folder_seconds, watch.gone_days) < 1:
        named = "watch.workers, watch.pages, watch.keep_days, watch.folder_seconds, watch.gone_days"
        raise ConfigError("must be at least 1", item=named, stage="config")
    if min(watch.gap_seconds, watch.spread_minutes, watch.scan_minutes, watch.save_minutes) < 0:
        named = "watch.gap_seconds, watch.spread_minutes, watch.scan_minutes, watch.save_minutes"
        raise ConfigError("must not be negative", item=named, stage="config")
    sending = settings.delivery
    if sending.seconds <= 0 or sending.tries < 1 or sending.stale_days < 0 or not 0 < sending.smtp_port < 65536:
        named = "delivery.seconds, delivery.tries, delivery.stale_days, delivery.smtp_port"
        raise ConfigError("lies outside what makes sense", item=named, stage="config")
    if odd_kinds := set(sending.resend_uncertain) - set(KINDS):
        known = ", ".join(KINDS)
        raise ConfigError(f"unknown kind {min(odd_kinds)!r}; known: {known}", item="delivery.resend_uncertain",
                          stage="config")  # fmt: skip
    if settings.models.threads < 1:
        settings = replace(settings, models=replace(settings.models, threads=min(4, os.cpu_count() or 1)))
    return settings


def home_folder(given: str | None = None, *, environ: Mapping[str, str] | None = None) -> Path:
    """The data folder: the one given, else ``VEDETTE_HOME``, else ``~/.local/share/vedette``.

    Raises:
        ConfigError: it is below the home folder of a user who has none.
    """
    environ = os.environ if environ is None else environ
    chosen = given or environ.get("VEDETTE_HOME") or ""
    try:
        return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".local" / "share" / "vedette"
    except RuntimeError as error:
        raise ConfigError(f"{error}; name a folder with --home or VEDETTE_HOME", item=chosen, stage="config") from error
