"""Names as a public text may show them (姓名脱敏, ruling 22): a person's first character alone, a
unit's or a shop's name in whole.

Whether a name is a unit's is told by its last words. In doubt it is a person's, and is masked.
"""

import re
import unicodedata

# Words that end the name of a unit of four characters or more; persons' names rarely have four.
_SHOPS = """
    超市 商店 便利店 便民店 小卖部 代销店 代销点 门市部 经营部 商行
    药店 药房 饭店 餐馆 农家乐 民宿 理发店 加油站 批发部 维修部
    小吃店 百货店 五金店 农资店 快递站 酒坊 作坊 茶馆 菜市场
"""
_UNDERTAKINGS = """
    合作社 联合社 公司 企业 工厂 农场 林场 养殖场 茶厂 酒厂 砖厂
    供销社 信用社 银行 基地 经销处 果园 茶园
"""
_CARE = """
    小学 中学 学校 幼儿园 教学点 卫生室 卫生院 卫生站 诊所 医院
    敬老院 养老院 福利院 养老服务站 日间照料中心
"""
_OFFICES = """
    党支部 党总支 党委 团支部 支部 支委会 村委会 居委会 委员会 监委会
    理事会 议事会 监事会 联合会 协会 商会 妇联 工会 老年会 村两委
    派出所 警务室 服务站 服务中心 文化站 文化室 便民中心 活动中心 活动室
    图书室 农家书屋 办公室 调解室 志愿队 志愿者队 服务队 巡逻队 消防队
    老年协会 民兵连 文艺队 舞蹈队 秧歌队 锣鼓队 政府 祠堂
    居民小组 村民小组 收购站 供水站 水务站 电站 驿站 物业
"""
_UNIT_WORDS = tuple(f"{_SHOPS}{_UNDERTAKINGS}{_CARE}{_OFFICES}".split())
# One character that ends a unit's name of five characters or more.
_UNIT_ENDS = "店厂场社站室所院馆部队校铺坊庙寺局处组"
# Before one of the words above these make a unit's name as short as 村小学 or 党支部.
_OF_THE_VILLAGE = frozenset("村镇乡社街县区市省校党团老本中")
# Names that are a unit's as they stand, although short.
_WHOLE = frozenset(word for word in _UNIT_WORDS if len(word) >= 3) | {"妇联", "党委", "工会"}
_GROUP = re.compile(r"第?[一二三四五六七八九十\d]+(?:村民|居民)?小?组")
_PERSON_LONGEST, _UNIT_SHORTEST = 4, 5
# Surnames of two characters: with them a person's name has four.
_COMPOUND = tuple(
    """
    欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯
    端木 南宫 独孤 长孙 宇文 申屠 钟离 闻人 澹台 轩辕 百里 呼延
    """.split()
)
# Several names, or a name in parts: 李国强、王小店 is two persons, whatever the end.
_SEVERAL = frozenset("·•・‧∙、，,；;/／&＆ ")
# What clerks write before or after a name: （已故）李国强, 李国强（已故）, 户主：李国强.
_BRACKETED = r"[（(【\[〔][^（()）【】\[\]〔〕]*[）)】\]〕]"
_REMARK = re.compile(
    rf"^(?:\s*{_BRACKETED})+\s*|\s*(?:{_BRACKETED}\s*)+$"
    r"|^\s*(?:已故|原户主|现户主|户主)\s*[:：]?\s*(?=\S{2})"
)


def masked_name(name: str) -> str:
    """李** for 李国强: the first character, and not how many follow; 村小学 stays as it is.

    A remark beside the name goes, since it may say more than the name does.
    """
    bare = _bare(name)
    return bare if is_unit(bare) else f"{_first(bare)}**"


def is_unit(name: str) -> bool:
    """Whether the name is that of a unit or a shop (单位、商店), and not a person's."""
    if not _SEVERAL.isdisjoint(name):
        return False
    if name in _WHOLE or _GROUP.fullmatch(name):
        return True
    if not name.endswith(_UNIT_WORDS):
        return len(name) >= _UNIT_SHORTEST and name.endswith(tuple(_UNIT_ENDS))
    if len(name) < _PERSON_LONGEST:
        return name[0] in _OF_THE_VILLAGE
    return len(name) > _PERSON_LONGEST or not name.startswith(_COMPOUND)


def _bare(name: str) -> str:
    """The name without remarks; what is nothing but a remark is no name."""
    before, bare = "", " ".join(name.split())
    while before != bare:
        before, bare = bare, _REMARK.sub("", bare)
    return bare


def _first(name: str) -> str:
    """The first letter or character of a name, with what combines with it."""
    start = next((at for at, each in enumerate(name) if _category(each) in ("L", "N", "Co")), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(name) and _category(name[end]) == "M":
        end += 1
    return name[start:end]


def _category(character: str) -> str:
    """`L` letters, `N` numbers, `M` marks, `Co` characters of private fonts."""
    category = unicodedata.category(character)
    return category if category == "Co" else category[0]
