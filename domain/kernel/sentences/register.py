"""Why something of the register is refused: people, households, towns."""

REGISTER = {
    "person_exists": (
        "编号“{person}”已是{name}：请换一个编号",
        "person “{person}” exists as {name}: choose another code",
    ),
    "kin_of_itself": (
        "两个户号都是“{household}”：亲属关系要写两户",
        "both are household “{household}”: kin are two households",
    ),
    "villager_needs_household": (
        "村民收到的是本户申报的消息：请用 --household 写明户号",
        "a villager is told of their household's claims: name it with --household",
    ),
    "nothing_new": (
        "请写明农户有什么变动：见 `jifen household change --help`",
        "say what is new of the household: see `jifen household change --help`",
    ),
    "left_before": (
        "户号“{household}”已于 {day} 退出",
        "household “{household}” has already left on {day}",
    ),
    "enrolled_later": (
        "户号“{household}”{day} 才加入",
        "household “{household}” enrolled only on {day}",
    ),
    "left_settled": (
        "{community}的 {year} 年已结算：户号“{household}”的退出日期不能在该年及以前",
        "{year} of {community} is settled: household “{household}” cannot have left in it",
    ),
    "town_unknown": (
        "“{town}”没有社区（村）：请看 `jifen community list`",
        "no community is in the town “{town}”: see `jifen community list`",
    ),
    "town_day_unset": (
        "“{town}”没有对 {day} 另作安排",
        "“{town}” has set nothing for {day}",
    ),
    "unsealable": (
        "{act}：{where} 里的换行等控制字符不能记入账本：请删去后再办理一次",
        "{act}: a line break or another control character in {where} cannot be kept in the ledger:"
        " take it out and run this again",
    ),
}
