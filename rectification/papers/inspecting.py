"""What may be in a template. A .docx is a zip of XML that Word acts upon: it may name a remote
template, linked pictures, embedded objects, macros and fields that read files or start
programs. Whatever is not known to be harmless is refused. Runs in the process of `filling`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

ENTRIES_MAX, UNPACKED_MAX, RATIO_MAX = 200, 20 * 1024 * 1024, 200
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# By place in the package: text, looks and pictures. No embeddings, activeX, macros, alternative
# formats, data sources; printer settings and thumbnails are needed by nobody.
PARTS = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|docprops/thumbnail\.(jpeg|emf|wmf)|docprops/(core|app|custom)\.xml|customxml/(_rels/)?[a-z0-9]+\.xml(\.rels)?"
    r"|word/_rels/[a-z]+[0-9]*\.xml\.rels|word/(document|styles|settings|websettings|fonttable|numbering"
    r"|footnotes|endnotes|comments|stylesWithEffects)\.xml|word/(header|footer)[0-9]*\.xml"
    r"|word/theme/(_rels/)?theme[0-9]+\.xml(\.rels)?|word/media/[^/]+\.(png|jpe?g|gif|bmp)",
    re.IGNORECASE,
)  # fmt: skip
FIELDS = {"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "SEQ", "SYMBOL", "="}
ELEMENTS = {
    "altChunk", "object", "control", "OLEObject", "subDoc", "attachedTemplate", "mailMerge", "script",
    "movie", "frame", "frameset", "externalData", "audioFile", "videoFile", "wavAudioFile", "contentPart",
}  # fmt: skip
ADDRESSES = {"src", "href", "link", "Target", "action", "uriString", "althref", "dataSourceObject"}
REMOTE = re.compile(r"\s*([a-z][a-z0-9+.-]*:|\\\\|//)", re.IGNORECASE)


class Unfit(Exception):
    """`message` is for the person who hands the template in."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def inspect(content: bytes) -> None:
    """Refuses what is no plain Word document."""
    for name, part in parts(content):
        if name.lower().endswith((".xml", ".rels")):
            _xml(name, part)


def parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every entry, read no further than it may go, whatever its directory claims."""
    try:
        with ZipFile(io.BytesIO(content)) as book:
            entries = book.infolist()
            _directory(entries)
            left = UNPACKED_MAX
            for entry in entries:
                with book.open(entry) as stream:
                    part = stream.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise Unfit("template_bomb", "这个文件展开后太大，不像一个模板，没有收下。")
                yield entry.filename, part
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        raise Unfit("template_broken", "这个文件打不开，请用 Word 另存为 .docx 再传。") from None


def _directory(entries: list[ZipInfo]) -> None:
    names = [entry.filename.lower() for entry in entries]
    if "word/document.xml" not in names:
        raise Unfit("template_kind", "只收 .docx 的 Word 文件，请另存为 .docx 再传。")
    if len(set(names)) < len(names):
        raise Unfit("template_broken", "文件里有重名的部件，请用 Word 另存一遍再传。")
    size = sum(entry.file_size for entry in entries)
    steep = any(e.file_size > 1 << 20 and e.file_size > RATIO_MAX * max(1, e.compress_size) for e in entries)  # fmt: skip
    if len(entries) > ENTRIES_MAX or size > UNPACKED_MAX or steep:
        raise Unfit("template_bomb", "这个文件展开后太大，不像一个模板，没有收下。")
    for entry in entries:
        if "vba" in entry.filename.lower():
            raise Unfit("template_macro", "模板里有宏，不能用；请另存为不带宏的 .docx 再传。")
        if not entry.is_dir() and not PARTS.fullmatch(entry.filename):
            raise Unfit(
                "template_part",
                f"模板里有不允许的内容（{entry.filename[:60]}），例如嵌入的对象或外部数据；请删去后再传。",
            )


def _xml(name: str, part: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError:
        raise Unfit(
            "template_broken", f"文件的 {name} 读不出来，请用 Word 另存一遍再传。"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise Unfit("template_entity", "文件里有实体定义，不能用；请用 Word 另存一遍再传。")
    if name.lower() == "[content_types].xml" and (b"macroEnabled" in part or MAIN not in part):
        raise Unfit("template_macro", "只收不带宏的 .docx；请在 Word 里另存为“Word 文档”再传。")
    for element in root.iter():
        if isinstance(element.tag, str):
            _element(element)
    _fields(root)


def _element(element: etree._Element) -> None:
    tag = etree.QName(element).localname
    if tag in ELEMENTS:
        raise Unfit(
            "template_object",
            f"模板里有不允许的内容（{tag}），请删去嵌入的对象、控件或子文档再传。",
        )
    for key, value in element.attrib.items():
        where = etree.QName(key).localname
        if where == "TargetMode" and str(value).strip().lower() != "internal":
            target = str(element.get("Target"))[:60]
            raise Unfit("template_external", f"模板指向外部的内容（{target}），打开时会对外连接；请删去链接或改为插入图片再传。")  # fmt: skip
        if where in ADDRESSES and REMOTE.match(str(value)):
            raise Unfit("template_external", f"模板指向外部的内容（{str(value)[:60]}），打开时会对外连接；请删去再传。")  # fmt: skip


def _fields(root: etree._Element) -> None:
    """Field codes lie in one attribute, or in pieces between a begin and a separator, and plain
    text there counts too; a field inside a field can make up any code and is refused for that."""
    codes = [element.get(f"{W}instr", "") for element in root.iter(f"{W}fldSimple")]
    inside = in_code = False
    code: list[str] = []
    for element in root.iter(f"{W}fldChar", f"{W}instrText", f"{W}delInstrText", f"{W}t"):
        what, said = element.get(f"{W}fldCharType", ""), "".join(element.itertext())
        if what == "begin":
            if inside:
                raise _field("嵌套")
            inside, in_code, code = True, True, []
        elif what in ("separate", "end"):
            if in_code:
                codes.append("".join(code))
            inside, in_code = what == "separate", False
        elif in_code:
            code.append(said)
        elif element.tag in (f"{W}instrText", f"{W}delInstrText"):
            raise _field(said)
    if inside:  # without an end no code was read, and a reader's program may end it by itself
        raise _field("没有结束")
    for one in codes:
        words = one.split()
        if words and words[0].upper() not in FIELDS:
            raise _field(words[0])


def _field(name: str) -> Unfit:
    return Unfit("template_field", f"模板里有域“{name.strip()[:40]}”，它会读取外部内容；只能用页码一类的域，请删去再传。")  # fmt: skip
