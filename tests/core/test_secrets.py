import stat
from pathlib import Path

from yuexi.secrets import load_keys


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert load_keys(path) == load_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
