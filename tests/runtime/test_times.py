"""Time formats: read without regard to the locale, written back, and raw where they are not time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core.times import FORMATS

PLUS_TWO = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("name", "value", "moment"),
    [
        ("unix-ms", 0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("unix-ms", "1536905778725", datetime(2018, 9, 14, 6, 16, 18, 725000, tzinfo=UTC)),
        ("unix-ms", 0.5, datetime(1970, 1, 1, 0, 0, 0, 500, tzinfo=UTC)),
        ("unix-ms", -1, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ("unix-s", 1.5, datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)),
        ("rfc3339", "2022-11-15T21:52:48.116496Z", datetime(2022, 11, 15, 21, 52, 48, 116496, tzinfo=UTC)),
        ("rfc3339", "2022-11-15t21:52:48z", datetime(2022, 11, 15, 21, 52, 48, tzinfo=UTC)),
        ("rfc3339", "2017-11-30 18:59:10.445133+00:00", datetime(2017, 11, 30, 18, 59, 10, 445133, tzinfo=UTC)),
        ("rfc3339", "2022-11-15T21:52:48.123456789+02:00", datetime(2022, 11, 15, 21, 52, 48, 123456, PLUS_TWO)),
        ("rfc3339", "2022-11-15T21:52:48-00:30", datetime(2022, 11, 15, 22, 22, 48, tzinfo=UTC)),
        ("rfc3339", "2022-11-15T21:52:48", datetime(2022, 11, 15, 21, 52, 48)),
        ("java-medium-us", "Sep 28, 2018 6:44:56 PM", datetime(2018, 9, 28, 18, 44, 56)),
        ("java-medium-us", "Jan 3, 2020, 12:00:00\u202fAM", datetime(2020, 1, 3)),
        ("java-medium-us", "Jan 23, 2020 12:20:10 PM", datetime(2020, 1, 23, 12, 20, 10)),
        ("jdbc", "2012-07-06 18:19:09.0", datetime(2012, 7, 6, 18, 19, 9)),
        ("jdbc", "2012-07-06 18:19:09", datetime(2012, 7, 6, 18, 19, 9)),
    ],
)
def test_times_are_read(name: str, value: Any, moment: datetime) -> None:
    assert FORMATS[name][0](value, None) == moment


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(
    "value",
    [
        "",
        "never",
        "-",
        "2022-02-30T00:00:00Z",
        "2022-11-15T24:00:01Z",
        "2022-11-15T21:52:60Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2022-11-15T21:52:48+24:00",
        "Feb 30, 2018 6:44:56 PM",
        "Foo 1, 2018 6:44:56 PM",
        "Sep 28, 2018 13:44:56 PM",
        "Sep 28, 2018 0:44:56 PM",
        "28 Sep 2018",
        "2012-13-06 18:19:09.0",
        "²",
        "٣",
        10**20,
        -(10**18),
        1e300,
        "9" * 19,
        "9" * 400,
    ],
)
def test_what_is_no_time_stays_what_it_is(name: str, value: Any) -> None:
    assert FORMATS[name][0](value, UTC) == value


def test_the_callers_zone_is_for_times_without_one() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    read = {name: known.read for name, known in FORMATS.items()}
    assert read["jdbc"]("2012-07-06 18:19:09.0", berlin) == datetime(2012, 7, 6, 16, 19, 9, tzinfo=UTC)
    assert read["java-medium-us"]("Mar 31, 2019 2:30:00 AM", berlin) == datetime(2019, 3, 31, 2, 30, tzinfo=berlin)
    assert read["rfc3339"]("2012-07-06T18:19:09", berlin) == datetime(2012, 7, 6, 16, 19, 9, tzinfo=UTC)
    assert read["rfc3339"]("2012-07-06T18:19:09Z", berlin) == datetime(2012, 7, 6, 18, 19, 9, tzinfo=UTC)


def test_times_are_written_on_the_vendors_clock() -> None:
    moment = datetime(2018, 9, 28, 16, 4, 5, 250000, tzinfo=UTC)
    write = {name: known.write for name, known in FORMATS.items()}
    assert write["unix-ms"](moment, None) == 1538150645250
    assert write["unix-s"](moment, None) == 1538150645.25
    assert write["rfc3339"](moment, None) == "2018-09-28T16:04:05.250000Z"
    assert write["jdbc"](moment, PLUS_TWO) == "2018-09-28 18:04:05.25"
    assert write["java-medium-us"](moment, PLUS_TWO) == "Sep 28, 2018 6:04:05 PM"
    assert write["unix-ms"](datetime(1970, 1, 1, 2), PLUS_TWO) == 0
    assert write["unix-ms"](datetime(1970, 1, 1), None) == 0
    assert write["rfc3339"](datetime(1970, 1, 1), None) == "1970-01-01T00:00:00"
    assert write["rfc3339"](datetime(1970, 1, 1), PLUS_TWO) == "1970-01-01T00:00:00+02:00"


@settings(max_examples=200)
@given(moment=st.datetimes(min_value=datetime(1000, 1, 1)))
def test_written_times_are_read_as_the_same(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    for name, sent in (("rfc3339", moment), ("jdbc", moment), ("java-medium-us", whole)):
        read, write = FORMATS[name].read, FORMATS[name].write
        assert read(write(sent, None), None) == sent
    aware = whole.replace(tzinfo=UTC)
    for name in ("unix-ms", "unix-s", "rfc3339"):
        read, write = FORMATS[name].read, FORMATS[name].write
        assert read(write(aware, None), None) == aware
