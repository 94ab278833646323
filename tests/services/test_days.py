from datetime import UTC, datetime, timedelta

import pytest

from clover_chat.services.days import day_group, zone_of

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "name"),
    [
        (timedelta(hours=-2), "Today"),
        (timedelta(0), "Today"),
        (timedelta(hours=12), "Today"),
        (timedelta(hours=13), "Yesterday"),
        (timedelta(days=2), "Previous 7 days"),
        (timedelta(days=7), "Previous 7 days"),
        (timedelta(days=8), "March"),
        (timedelta(days=30), "February"),
        (timedelta(days=100), "November 2025"),
    ],
)
def test_a_moment_is_listed_under_its_day(ago: timedelta, name: str) -> None:
    assert day_group(NOW - ago, NOW) == name


def test_days_begin_where_the_reader_is() -> None:
    late = datetime(2026, 3, 9, 20, tzinfo=UTC)
    assert day_group(late, NOW) == "Yesterday"
    assert day_group(late, NOW.astimezone(zone_of("Asia/Tokyo"))) == "Today"


@pytest.mark.parametrize("name", ["", "Nowhere/Town", "../../etc/passwd", "\0", "x" * 9000, "/"])
def test_a_time_zone_that_is_none_is_utc(name: str) -> None:
    assert zone_of(name) is UTC
