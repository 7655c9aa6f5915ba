"""The keys of one installation: made once, kept in one file that only its owner reads.

A lost `field` key loses the identity numbers; the backup guide says who keeps a copy.
"""

import base64
import json
import os
from pathlib import Path
from typing import TypedDict


class Keys(TypedDict):
    secret_key: str
    field: dict[str, str]
    lookup: dict[str, str]


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def load_keys(path: Path) -> Keys:
    """Read the file, or make it. Two processes may start at once: link() lets one win."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = Keys(secret_key=new_key(), field={"1": new_key()}, lookup={"1": new_key()})
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
            json.dump(keys, f)
            f.flush()
            os.fsync(f.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    loaded: Keys = json.loads(path.read_text())
    return loaded
