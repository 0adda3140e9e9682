"""The files' columns (表头): codes, Chinese aliases, and how each cell is read.

Clerks' sheets and towns' scripts depend on them: add, don't rename.
"""

from dataclasses import dataclass

from domain.community.particulars import MEMBERS_MAX, PHONE_MAX
from domain.intake.cells import Parser, Text, Whole, choice, day, flag, moment, points
from domain.kernel.names import CODE_MAX, NAME_MAX

REF_MAX, TEXT_MAX = CODE_MAX, 2000
QUANTITY_MAX, COUNT_MAX = 1_000, 10_000


@dataclass(frozen=True)
class Column:
    """A column: its code, what else it may be headed (the usual Chinese word first).

    `usual` is what a blank cell stands for: written out, it is the same content. What is `aside`
    tells how the row is to be taken and is no part of its content. `instead` is the column by
    which a required one can be found.
    """

    code: str
    aliases: tuple[str, ...]
    parse: Parser
    required: bool = False
    usual: str = ""
    aside: bool = False
    instead: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether a blank cell is a fault by itself."""
        return self.required and not self.instead

    @property
    def title(self) -> str:
        """The heading that this program writes."""
        return self.aliases[0] if self.aliases else self.code


_CODE, _NAME, _TEXT = Text(REF_MAX, code=True, name=True), Text(NAME_MAX), Text(TEXT_MAX)
_REAL_NAME = Text(NAME_MAX, name=True)
_PERSON = Text(NAME_MAX, name=True, person=True)
_HEAD = ("户主", "户主姓名", "户主名字", "户主名")
_GROUP = ("组", "小组", "村民小组", "组别", "所在组")
CHANNELS = choice(
    self="""
        居民自荐 自荐 居民自荐申报 自己报的 自己报 自报 自己申报 本人申报 个人申报 居民申报 农户申报
        自行申报 主动申报 自主申报 自我推荐 扫码 扫码申报 手机扫码
    """.split(),
    inspection="""
        小组现场看 现场看 小组现场查看 小组看 小组看的 小组检查 小组查看 检查 现场检查 入户检查
        上门检查 现场查看 实地查看 入户查看 巡查
    """.split(),
    vote="""
        居民一起评 一起评 一起评的 大家评 投票 居民投票 群众投票 民主投票 评选 居民评选 民主评选
        居民评议 群众评议
    """.split(),
    recommendation="""
        组织推荐 推荐 村推荐 社区推荐 村委推荐 村委会推荐 居委会推荐 支部推荐 党支部推荐 单位推荐
        村里推荐
    """.split(),
    record=("文件记录", "文件", "记录", "台账", "台账记录", "查台账", "档案", "档案记录"),
)
_VERDICTS = choice(approve=("通过",), reject=("不通过",))
_OUTCOMES = choice(upheld=("成立",), dismissed=("不成立",))

_ARRANGED = choice(off=("放假", "休息", "调休放假"), working=("上班", "补班", "调休上班"))


def _ref(*aliases: str, required: bool = False) -> Column:
    """A row's number; where it may be left out the program gives one."""
    return Column("ref", ("编号", *aliases), _CODE, required)


def _household() -> Column:
    return Column("household", ("户号",), _CODE, required=True)


def _headed() -> tuple[Column, ...]:
    """A household by its code, or by its head where exactly one has that head (in the group)."""
    return (
        Column("household", ("户号",), _CODE, required=True, instead="head"),
        Column("head", _HEAD, _NAME, aside=True),
        Column("group", _GROUP, _NAME, aside=True),
    )


def _distinct(*aliases: str) -> Column:
    """That a code which looks like another one is meant (另一户)."""
    return Column("distinct", aliases, flag, aside=True)


_ITEM = Column("item", ("项目", "项目编码"), Text(NAME_MAX, code=True), required=True)
_NOTE = Column("note", ("说明",), _TEXT)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "households": (
        _household(),
        Column("head", _HEAD, _PERSON, required=True),
        Column("group", _GROUP, _NAME),
        Column("phone", ("电话",), Text(PHONE_MAX, digits=True)),
        Column("registered", ("本地户籍",), flag),
        Column("resident_since", ("居住起始",), day),
        Column("members", ("参与人数",), Whole(1, MEMBERS_MAX)),
        Column("enrolled_on", ("加入日期",), day),
        Column("consent", ("社区同意",), flag),
        _distinct("另一户"),
    ),
    "members": (
        *_headed(),
        Column("member", ("成员编号",), _CODE, required=True),
        Column("name", ("姓名", "成员姓名"), _PERSON, required=True),
        _distinct("另一人"),
    ),
    "claims": (
        _ref("申报编号"),
        *_headed(),
        _ITEM,
        Column("occurred_on", ("发生日期",), day, required=True),
        Column("place", ("地点",), _TEXT, required=True),
        Column("reason", ("事由",), _TEXT, required=True),
        Column("channel", ("方式",), CHANNELS, required=True),
        Column("member", ("成员编号",), _CODE),
        Column("quantity", ("次数",), Whole(1, QUANTITY_MAX), usual="1"),
        Column("score", ("评分",), points),
        Column("matter", ("事项",), Text(200)),
        Column("evidence", ("依据",), _TEXT),
        Column("submitted_at", ("申报时间",), moment),
    ),
    "decisions": (
        _ref("申报编号", required=True),
        Column("reviewer", ("评议人",), _CODE, required=True),
        Column("verdict", ("结论",), _VERDICTS, required=True),
        _NOTE,
        Column("decided_at", ("时间", "评议时间"), moment),
        Column("stage", ("层级",), Text(40)),
    ),
    "objections": (
        _ref("异议编号"),
        *_headed(),
        Column("about", ("申报编号", "关于", "所指申报"), _CODE, required=True),
        Column("text", ("异议", "异议内容"), _TEXT, required=True),
        Column("filed_at", ("提出时间",), moment),
        Column("outcome", ("结果", "处理结果"), _OUTCOMES),
        Column("decided_by", ("处理人",), _CODE),
        Column("decided_at", ("处理时间",), moment),
        _NOTE,
    ),
    "redemptions": (
        _ref("兑换编号"),
        *_headed(),
        Column("points", ("积分",), points),
        Column("goods", ("物品",), _NAME),
        Column("count", ("数量",), Whole(1, COUNT_MAX)),
        Column("redeemed_at", ("兑换时间", "时间"), moment, required=True),
        Column("by", ("经手人",), _CODE),
        Column("receiver", ("领取人",), _NAME),
    ),
    "goods": (
        Column("goods", ("物品",), _REAL_NAME, required=True),
        Column("points", ("标价",), points, required=True),
        Column("stock", ("库存",), Whole(0, 100_000_000)),
        Column("source", ("来源",), Text(40)),
        _distinct("另一种"),
    ),
    "inspection": (
        *_headed(),
        Column("reviewer", ("评议人",), _CODE),
        Column("period", ("期间",), Text(7)),
    ),
    "survey": (
        *_headed(),
        Column("aware", ("知晓", "是否知晓"), flag),
        Column("takes_part", ("参与", "是否参与"), flag),
        Column("satisfied", ("满意", "是否满意"), flag),
        _NOTE,
    ),
}
KINDS = tuple(COLUMNS)
# Of the whole country, and so not among the kinds that are imported for a community.
COLUMNS |= {
    "holidays": (
        Column("day", ("日期", "起"), day, required=True),
        Column("until", ("至", "止"), day),
        Column("working", ("安排",), _ARRANGED, required=True),
        Column("why", ("节日",), _TEXT),
    ),
}
# What a sheet of refused rows is called; also how one of several that would fit is chosen.
TITLES = {
    "households": "农户",
    "members": "成员",
    "claims": "申报",
    "decisions": "评议",
    "objections": "异议",
    "redemptions": "兑换",
    "goods": "物品",
    "inspection": "入户检查",
    "survey": "入户调查",
}
# What an exported sheet of refused rows has besides; `登记号` tells which row was corrected.
ROW, COLUMN, WHY, ENTRY = "行号", "问题列", "原因", "登记号"
EXTRA = (ROW, COLUMN, WHY, ENTRY)


def title_of(kind: str, code: str) -> str:
    """How this program heads a kind's column."""
    return next(column.title for column in COLUMNS[kind] if column.code == code)
