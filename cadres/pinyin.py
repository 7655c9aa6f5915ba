from pypinyin import Style, lazy_pinyin


def sort_key(name: str) -> str:
    """'王小明' → 'wxm wang xiao ming': found by initials, sorted as people read."""
    full = " ".join(lazy_pinyin(name))
    initials = "".join(p[:1] for p in lazy_pinyin(name, style=Style.NORMAL))
    return f"{initials} {full}".lower()[:120]
