"""The little of Jinja that a template may use: placeholders, conditions and loops over the facts.
Nothing is called, set, defined, imported or multiplied, so a template ends and reads nothing."""

from __future__ import annotations

from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from rectification.papers.inspecting import Unfit
from rectification.papers.signs import visible

ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.For, nodes.If, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
    nodes.Filter, nodes.Concat,
)  # fmt: skip
FILTERS = ("length", "count", "join", "first", "last", "trim")
LOOP = ("index", "index0", "first", "last", "length", "revindex")
UNSURE = object()  # what the facts at hand do not tell, such as the rows of an empty list


class Checked(SandboxedEnvironment):
    """Looks at what it is given before it makes code of it; every value comes out as text."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, finalize=as_text)
        self.facts = facts
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.globals.clear()
        self.tests.clear()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, ALLOWED):
                raise Unfit("template_code", "占位符里只能写内容、条件（if）和循环（for），不能写计算、调用或别的语句，请改好再传。")  # fmt: skip
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                raise Unfit("template_code", f"占位符里不能用“|{node.name}”，请去掉再传。")
        _walk(tree, self.facts)
        return tree


def as_text(value: Any) -> Markup:
    """Literally, whatever it holds: markup and our own brackets."""
    if value is None or isinstance(value, bool):
        return Markup("")
    text = visible(str(value))
    return Markup("".join(f"&#{ord(c)};" if c in "&<>\"'{}%" else c for c in text))


def _walk(node: nodes.Node, known: dict[str, Any]) -> None:
    """Names each placeholder that does not exist, also in a branch that this rendering skips."""
    if isinstance(node, nodes.For):
        _walk(node.iter, known)
        rows = _value(node.iter, known)
        row = rows[0] if isinstance(rows, list) and rows else UNSURE
        if rows is not UNSURE and not isinstance(rows, list):
            raise Unfit("template_unknown", f"“{_name(node.iter)}”不是可以循环的内容，请对照可用的占位符改好再传。")  # fmt: skip
        if not isinstance(node.target, nodes.Name):
            raise Unfit("template_code", "循环里只能有一个名称，例如 for 事 in 事项。")
        inner = known | {node.target.name: row, "loop": dict.fromkeys(LOOP, 0)}
        for child in (*node.body, *node.else_):
            _walk(child, inner)
    elif isinstance(node, nodes.Name | nodes.Getattr):
        _value(node, known)
    else:
        for child in node.iter_child_nodes():
            _walk(child, known)


def _value(node: nodes.Node, known: dict[str, Any]) -> Any:
    if isinstance(node, nodes.Name):
        if node.name not in known:
            raise _unknown(node.name)
        return known[node.name]
    if isinstance(node, nodes.Getattr):
        whole = _value(node.node, known)
        if whole is UNSURE:
            return UNSURE
        if not isinstance(whole, dict) or node.attr not in whole:
            raise _unknown(_name(node))
        return whole[node.attr]
    _walk(node, known) if not isinstance(node, nodes.Const) else None
    return UNSURE


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_name(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"


def _unknown(name: str) -> Unfit:
    return Unfit("template_unknown", f"不认识占位符“{name}”，请对照可用的占位符改好再传。")
