from functools import lru_cache

from pypinyin import lazy_pinyin


@lru_cache(maxsize=65536)
def sort_key(name: str) -> str:
    """'王小明' → 'wxm wang xiao ming': found by initials, sorted as people read."""
    parts = lazy_pinyin(name)
    return f"{''.join(p[:1] for p in parts)} {' '.join(parts)}".lower()[:120]
