"""The month's result list (长坝 三(二).2): sums by household, names masked, once it is audited."""

import pytest

from domain.audit.month_results import MonthResult, month_results
from domain.kernel.errors import Refused
from domain.kernel.period import Period
from tests.domain.builders import Village

MARCH = Period.parse("2026-03")


def test_what_an_audit_gave_each_household(village: Village) -> None:
    village.open()
    village.award("C1", "H1")
    village.award("C2", "H1", "fine", "03-06")
    village.award("C3", "H2", "sweep", "03-07", quantity=2)
    with pytest.raises(Refused, match="the audit of 2026-03 is not closed"):
        month_results(village.session, village.community, MARCH)
    village.close("2026-03")
    assert month_results(village.session, village.community, MARCH) == [
        MonthResult("H1", "王**", -2_00),
        MonthResult("H2", "王**", 6_00),
    ]
