"""The places and the moment that tests share."""

from datetime import datetime

from django.contrib.auth.hashers import make_password

from yuexi.core.clock import SHANGHAI

PASSWORD = "mountain-path-7"
HASHED = make_password(PASSWORD)
COUNTY, QINGTIAN, DIANQIAN = "340828000000", "340828202000", "340828101000"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
