"""When something was, in the words of a list: today, yesterday, this past week, a month."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name, as browsers tell it; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # none of that name, or no name at all
        return UTC


def day_group(moment: datetime, now: datetime) -> str:
    """Return under which heading a moment is listed.

    Args:
        moment: When it was, aware.
        now: The present in the time zone of whoever reads the list.
    """
    day = moment.astimezone(now.tzinfo).date()
    days_ago = (now.date() - day).days
    if days_ago <= 0:
        return "Today"
    if days_ago == 1:
        return "Yesterday"
    if days_ago <= 7:
        return "Previous 7 days"
    month = _MONTHS[day.month - 1]
    return month if day.year == now.year else f"{month} {day.year}"
