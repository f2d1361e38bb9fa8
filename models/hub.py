"""Models by their id on a hub: those that lie on this machine already, and, only where it is allowed, fetched.

Nothing but weights in safetensors, settings and word lists is asked for: no code, and nothing that is unpickled.
"""

from __future__ import annotations

import re
from pathlib import Path

from domain.errors import ModelError

WANTED = ["*.safetensors", "*.json", "*.txt", "*.model"]
_PART = re.compile(r"[\w.-]{1,96}")


def is_hub_id(text: str) -> bool:
    """Whether it reads like an id on a hub: ``owner/name``."""
    parts = text.split("/")
    return len(parts) == 2 and all(_PART.fullmatch(one) and one[0].isalnum() for one in parts)


def located(hub_id: str, *, allow_download: bool) -> Path:
    """The folder of a hub's model: the copy on this machine, else a fresh one where fetching is allowed.

    Raises:
        ModelError: it is not here and may not be, or cannot be, fetched.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ModelError(f"the hub's client cannot be loaded: {error}", item=hub_id, stage="model") from error
    try:
        return Path(snapshot_download(hub_id, allow_patterns=WANTED, local_files_only=True))
    except Exception as error:  # the client raises many kinds: not there, half there, no id at all
        if not allow_download:
            reason = (
                "it is not on this machine, and nothing is fetched unless allow_download is true in [models]; "
                "a folder brought here by other means is added with `vedette models add NAME --path FOLDER`"
            )
            raise ModelError(reason, item=hub_id, stage="model") from error
    try:
        return Path(snapshot_download(hub_id, allow_patterns=WANTED))
    except Exception as error:  # network, name, permission
        raise ModelError(f"it could not be downloaded: {error}", item=hub_id, stage="model") from error
