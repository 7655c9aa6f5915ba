"""Draw the households of an unannounced inspection again, from its opened file.

    python3 redraw.py opened.json

Needs Python 3.8 or later and nothing else; the product draws with these same lines. The rule:
the score of a household is SHA-256 of seed, stratum and household; in each stratum the
households with the lowest scores are taken, the next ones wait as replacements in that order.
The seed, the sizes and the list of all households were fixed by the commitment, which was
published before the draw: whoever holds that number can see that nothing was changed since.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def frame_text(frame: list[tuple[str, str]]) -> str:
    """Every household that could be drawn, a line each: stratum, tab, household."""
    return "\n".join(sorted(f"{stratum}\t{household}" for stratum, household in frame))


def rules_text(rules: dict[str, Any]) -> str:
    """Stratum to how many are taken and how many wait, and what else was fixed."""
    return json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def commitment(seed: str, rules: dict[str, Any], frame: list[tuple[str, str]]) -> str:
    return digest("\n".join([seed, digest(rules_text(rules)), digest(frame_text(frame))]))


def draw(
    seed: str, rules: dict[str, Any], frame: list[tuple[str, str]]
) -> dict[str, dict[str, list[str]]]:
    """Stratum to the households in their order: first those taken, then the replacements."""
    drawn = {}
    for stratum, size in sorted(rules["strata"].items()):
        here = {household for s, household in frame if s == stratum}
        ranked = sorted(here, key=lambda household: digest(f"{seed}|{stratum}|{household}"))
        drawn[stratum] = {
            "taken": ranked[: size["take"]],
            "spare": ranked[size["take"] : size["take"] + size["spare"]],
        }
    return drawn


def main(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        opened = json.load(file)
    seed, rules, frame = opened["seed"], opened["rules"], opened["frame"]
    found = commitment(seed, rules, frame)
    print(f"承诺值 commitment  {found}")
    if found != opened["commitment"]:
        print("与公布的承诺值不一致：文件在抽取之后被改过。")
        return 1
    print("与公布的承诺值一致。")
    drawn = draw(seed, rules, frame)
    for stratum, households in drawn.items():
        print(f"\n{stratum}")
        for household in households["taken"]:
            print(f"  抽中  {household}")
        for household in households["spare"]:
            print(f"  备用  {household}")
    if drawn != opened["drawn"]:
        print("\n与公布的抽取结果不一致。")
        return 1
    print("\n与公布的抽取结果一致。")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
