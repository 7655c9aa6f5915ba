"""一事一档: everything of one item, unchanged, with hashes that a stranger's tool verifies."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from cadres.files import path_of
from cadres.models import Cadre, Event, StoredFile
from rectification.actions import closing, papers
from rectification.models import Evidence, EvidenceView, Item
from rectification.papers.signs import file_name, masked
from tests.cast import PHOTO, Cast, passes, to_check, to_work
from tests.county import AT, DIANQIAN
from tests.households.builders import idno
from tests.rectification.papers import drafted, opened, words

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]


def unpacked(client: Client, item: Item, to: Path) -> Path:
    answer: Any = client.get(f"/items/{item.uid}/dossier/")
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
    with ZipFile(io.BytesIO(b"".join(answer))) as book:
        book.extractall(to)
        assert "演示" in book.comment.decode()
    (folder,) = to.iterdir()
    return folder


def test_the_whole_file_of_an_item(item: Item, cast: Cast, as_user: AsUser, tmp_path: Path) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK", "已到现场看过")
    paper = drafted("DISPATCH", cast.accepter, item)
    papers.issue(paper=paper, document_no="岳农工办〔2026〕5号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    paper.refresh_from_db()
    papers.add_scan(
        paper=paper, content=b"%PDF-1.7 sealed", name="盖章.pdf", by=cast.accepter, at=AT
    )
    drafted("CLOSING", cast.clerk, item)
    folder = unpacked(as_user(cast.accepter), item, tmp_path / "out")
    names = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    assert names == {
        "事项卷.docx", "说明.txt", "SHA256SUMS.txt", "佐证材料/第1次申请/01-通水照片.jpg",
        f"文书/交办单-{paper.number}-送审稿.docx", f"文书/交办单-{paper.number}-签发稿.docx",
        f"文书/交办单-{paper.number}-盖章件1.pdf", "文书/销号审批表-销号2026-0001-送审稿.docx",
    }  # fmt: skip
    assert (folder / "佐证材料/第1次申请/01-通水照片.jpg").read_bytes() == PHOTO
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS.txt"], cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0 and done.stdout.count(": OK") == len(names) - 1, done.stdout + done.stderr  # fmt: skip
    sheet = words(opened((folder / "事项卷.docx").read_bytes()))
    for said in (item.text, "已到现场看过", "演示陈户", "申请销号", "岳农工办〔2026〕5号", "演示验收", "内部资料", cast.accepter.work_no):  # fmt: skip
        assert said in sheet, said
    event = Event.objects.get(action="item.dossier")
    assert event.actor == cast.accepter and event.after == {"number": item.number, "rows": 7}
    assert "下载一事一档" not in as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode().split("经过")[1].split("佐证材料")[0]  # fmt: skip


def test_one_changed_byte_is_found(item: Item, cast: Cast, as_user: AsUser, tmp_path: Path) -> None:
    to_check(item, cast)
    folder = unpacked(as_user(cast.accepter), item, tmp_path / "out")
    (folder / "佐证材料/第1次申请/01-通水照片.jpg").write_bytes(PHOTO + b"x")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS.txt"], cwd=folder, capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 1


def test_only_who_sees_the_item(item: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser) -> None:  # fmt: skip
    stranger = as_user(person("演示外乡", "TOWNSHIP_CLERK", DIANQIAN))
    assert stranger.get(f"/items/{item.uid}/dossier/").status_code == 404
    assert not Event.objects.filter(action="item.dossier").exists()
    assert as_user(cast.accepter).post(f"/items/{item.uid}/dossier/").status_code == 405


def test_drafts_of_others_stay_out(item: Item, cast: Cast, as_user: AsUser, tmp_path: Path) -> None:
    to_work(item, cast)
    paper = drafted("DISPATCH", cast.accepter, item)
    folder = unpacked(as_user(cast.clerk), item, tmp_path / "out")
    assert not (folder / "文书").exists()
    assert paper.title not in words(opened((folder / "事项卷.docx").read_bytes()))


def test_a_copy_is_no_opening_of_the_evidence(item: Item, cast: Cast, as_user: AsUser, tmp_path: Path) -> None:  # fmt: skip
    to_check(item, cast)
    unpacked(as_user(cast.head), item, tmp_path / "out")
    assert not EvidenceView.objects.exists()


def test_odd_names_identity_numbers_and_lost_files(item: Item, cast: Cast, as_user: AsUser, tmp_path: Path) -> None:  # fmt: skip
    to_work(item, cast)
    odd = '../../etc/<a>:"b"|?*\n\u202egpj.exe 照片'
    for n, what in enumerate((odd, odd, "合影")):
        closing.add_evidence(item_id=item.pk, content=PHOTO + bytes([n]), name=f"{n}.jpg", what=what, by=cast.clerk, at=AT)  # fmt: skip
    lost = Evidence.objects.order_by("pk")[2]
    kept = Evidence.objects.order_by("pk")[0].file
    again = StoredFile.objects.create(
        sha256=kept.sha256, name="b.jpg", content_type="image/jpeg", size=1, uploaded_at=AT
    )
    # as an older version may have let it in
    Evidence.objects.create(
        item=item, round=1, file=again, what=f"证件{idno(9)}", by=cast.clerk, at=AT
    )
    path_of(lost.file.sha256).unlink()
    folder = unpacked(as_user(cast.accepter), item, tmp_path / "out")
    pieces = sorted(f.name for f in (folder / "佐证材料/第1次申请").iterdir())
    assert pieces == [
        "01-etc_a_b_gpj.exe_照片.jpg",
        "02-etc_a_b_gpj.exe_照片.jpg",
        f"04-证件_{idno(9)[-4:]}.jpg",
    ]
    assert idno(9) not in words(opened((folder / "事项卷.docx").read_bytes()))
    assert "合影，请联系系统管理员从备份恢复" in (folder / "说明.txt").read_text("utf-8-sig")
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS.txt"], cwd=folder, capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0


def test_masks_and_names() -> None:
    number = idno(9)
    assert masked(f"号{number}。") == f"号**************{number[-4:]}。" and number not in masked(
        number
    )
    assert file_name("..") == file_name("\x00") == "未命名" and len(file_name("长" * 300)) == 60
