"""Everything that 氛围营造 has, once."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from PIL import Image

from cadres.models import Area, Cadre
from households.models import Household
from inspections.actions import columns, consents, honours, practices
from inspections.actions.practices import Binding
from inspections.models import Column, Consent, Honour, Practice
from tests.cast import Cast
from tests.county import AT
from tests.households.builders import VILLAGE

DEED = "他带着全村种茶养蚕，修路引水，三年里把荒山变成了茶园，大家都愿意跟着他干。"
TEXT = "村里把管护落到人头，一户一策，入户面谈 {甲} 次，大家说好。"
TODAY = AT.date()


def picture(**exif: Any) -> bytes:
    image = Image.new("RGB", (80, 60), "green")
    made = image.getexif()
    made[0x0110] = "PHONE-MODEL-X"
    made[0x0132] = "2026:11:20 08:00:00"
    made.get_ifd(0x8825).update({1: "N", 2: (30.0, 51.0, 0.0), 3: "E", 4: (116.0, 21.0, 0.0)})
    kept = io.BytesIO()
    image.save(kept, "JPEG", exif=made)
    return kept.getvalue()


def column(by: Cadre, name: str = "决战决胜", **given: Any) -> Column:
    facts = {"name": name, "medium": "PAPER", "outlet": "县融媒体中心", "start": date(2026, 1, 1)}
    return columns.open_column(**{**facts, **given}, by=by, at=AT)


def practice(by: Cadre, **given: Any) -> Practice:
    talked = Binding("甲", "TALKED", TODAY - timedelta(days=30), TODAY)
    facts = {"area": Area.objects.get(code=VILLAGE), "title": "小管护大变化", "text": TEXT, "bindings": [talked]}  # fmt: skip
    return practices.send_in(**{**facts, **given}, by=by, at=AT)


def consent(home: Household, by: Cadre, **given: Any) -> Consent:
    facts = {
        "signed_by": "演示户主", "photo": True, "name": False, "story": True, "health": False, "start": TODAY,
        "last": TODAY + timedelta(days=364), "content": b"%PDF-1.4 signed", "file_name": "授权书.pdf",
    }  # fmt: skip
    return consents.keep_consent(household=home, **{**facts, **given}, by=by, at=AT)


def of_household(home: Household, by: Cadre, **given: Any) -> Honour:
    facts = {"title": "茶园里的好日子", "deed": DEED, "masking": "SURNAME", "tells_health": False}
    return honours.recommend_household(household=home, **{**facts, **given}, by=by, at=AT)


def of_cadre(cadre: Cadre, by: Cadre, **given: Any) -> Honour:
    facts = {"work_no": cadre.work_no, "name": cadre.name, "title": "山路上的十年", "deed": DEED}
    return honours.recommend_cadre(**{**facts, **given}, by=by, at=AT)


def publicity(cast: Cast, home: Household) -> dict[str, UUID]:
    """A row for each route."""
    from cadres.models import Post, Unit

    unit = Unit.objects.filter(kind="COUNTY").first()
    office = Cadre.objects.create(work_no="PUBLIC", name="演示宣传", unit=unit)
    county = Area.objects.get(level="COUNTY")
    Post.objects.create(cadre=office, unit=unit, role="PUBLICITY", area=county, start=date(2026, 1, 1))  # fmt: skip
    made = column(office)
    article = columns.add_article(column=made, title="茶香", published_on=TODAY, link="", place="第 1 版", by=office, at=AT)  # fmt: skip
    paper = consent(home, cast.clerk)
    return {
        "publicity-column": made.uid, "publicity-article": article.uid, "publicity-practice": practice(cast.clerk).uid,
        "honour": of_household(home, cast.clerk, consent=paper).uid, "consent": paper.uid,
    }  # fmt: skip
