"""Invented people: names put together by chance, and telephone numbers that nobody has."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from random import Random

from tests.samples.paper import Cell, Row

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁"
    "魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹"
)
FIRST = "建国志永文玉春秀桂明德光世荣兴维俊学家少云海正宗天仁立昌庆廷克长开友中启继先晓雪"
LAST = "军平华英兰芳珍辉林清贵才福云东峰生梅菊琼香琴莲霞敏娟根土水元祥全忠成发财良富江芬碧"
# The sources name officials of their own; nobody here shares a name with them.
NEVER = ("许顶银", "王体彬", "任万庆", "黎燕玲", "陈梅", "刘远模")


@dataclass(frozen=True)
class Home:
    """A household as it stands in the register."""

    code: str
    head: str
    group: str = ""
    phone: str = ""
    registered: bool = True
    resident_since: date | None = None
    members: int | None = None
    enrolled_on: date | None = None
    consent: bool | None = None

    def row(self) -> Row:
        """The register's row; 是 and 否 as clerks write them."""
        cells: dict[str, Cell] = {
            "household": self.code,
            "head": self.head,
            "group": self.group,
            "phone": self.phone,
            "registered": "是" if self.registered else "否",
            "resident_since": self.resident_since,
            "members": self.members,
            "enrolled_on": self.enrolled_on,
            "consent": None if self.consent is None else "是" if self.consent else "否",
        }
        return cells


@dataclass(frozen=True)
class Reviewer:
    """Someone on the review group, by the code that the sheets name."""

    code: str
    name: str
    household: str = ""
    area: str = ""
    stage: str = ""


def names(rng: Random) -> Iterator[str]:
    """Names without end, none twice."""
    seen = set(NEVER)
    while True:
        given = rng.choice(FIRST) + rng.choice(LAST) if rng.random() < 0.72 else rng.choice(LAST)
        name = rng.choice(SURNAMES) + given
        if name not in seen:
            seen.add(name)
            yield name


def phone(number: int) -> str:
    """1380000 and four digits: obviously nobody's."""
    return f"1380000{number % 10_000:04d}"


@dataclass(frozen=True)
class SampleVillage:
    """What `community.toml` says of the community itself."""

    code: str
    name: str
    town: str
    ruleset: str
    year: int = 2026


def toml(
    comment: str,
    village: SampleVillage,
    reviewers: Sequence[Reviewer],
    kin: Sequence[tuple[str, str]],
) -> str:
    """`community.toml`, with what it is said above it."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f'{key} = "{value}"' for key, value in asdict(village).items() if key != "year"]
    lines += [f"year = {village.year}"]
    lines += ["reviewers = [", *(f"    {_person(each)}," for each in reviewers), "]"]
    if kin:
        pairs = ", ".join(f'["{one}", "{two}"]' for one, two in kin)
        lines.append(f"kin = [{pairs}]")
    return "\n".join(lines) + "\n"


def _person(reviewer: Reviewer) -> str:
    parts = [f'code = "{reviewer.code}"', f'name = "{reviewer.name}"']
    if reviewer.household:
        parts.append(f'household = "{reviewer.household}"')
    if reviewer.area:
        parts.append(f'area = "{reviewer.area}"')
    if reviewer.stage:
        parts.append(f'stages = ["{reviewer.stage}"]')
    return "{ " + ", ".join(parts) + " }"
