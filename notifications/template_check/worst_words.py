"""The longest names that a template has to bear (最长的名称), and the shortest."""

from datetime import datetime, timedelta

from domain.kernel.local_time import LOCAL
from domain.store.tables.people import Community

CASES = ("worst", "least")
MANY = 300
LONG_NAME = "欧阳" * 20
BLOCKERS = (
    "undecided_claims",
    "open_objections",
    "audit_open",
    "not_published",
    "publicity_open",
    "members_unknown",
)
COMMUNITY = "某某自治县某某民族乡新时代文明实践中心所在地某某移民安置点社区"
TOWN = "某某土家族苗族自治县某某民族乡人民政府"
SCHEME = "某某土家族苗族自治县深化推广运用乡村治理积分制助推乡村全面振兴工作实施方案（试行）"
ITEM = "积极参加“新时代文明实践站”举办的各种活动，并带动左邻右舍共同参与10次以上的" * 3
LONG_CODE = "村民小组第1组-2026-000001"
AT = datetime(2026, 12, 31, 23, 59, tzinfo=LOCAL)
# A time at which the quarter's notice is open for objections.
OPEN_AT = AT + timedelta(days=1)


def community(case: str) -> Community:
    """A community with a long name, or a short one."""
    names = (COMMUNITY, TOWN) if case == "worst" else ("甲村", "乙镇")
    return Community(code="worst-case", name=names[0], town=names[1], added_at=AT)
