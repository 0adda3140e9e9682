"""Why the points shop refuses: goods, prices, rounds, hand-outs."""

SHOP = {
    "points_or_goods": (
        "请填写积分或物品，二者填一项",
        "give either points or goods, one of the two",
    ),
    "count_alone": ("填写了数量，请同时填写物品", "a count needs the goods it counts"),
    "goods_unknown": (
        "积分超市没有物品“{value}”，请核对或先导入物品",
        "there are no goods “{value}”: import them first",
    ),
    "not_positive": ("必须大于 0", "it must be above 0"),
    "no_shop": ("本细则不设积分兑换", "{ruleset} has no points shop: nothing can be redeemed"),
    "no_rounds": (
        "细则“{ruleset}”没有分期兑换，不设开放日期",
        "{ruleset} redeems at any time: it has no rounds whose days could be set",
    ),
    "fund_low": (
        "{name}只剩 {left} 元，共 {given} 元",
        "of the fund {name} {left} yuan are left, of {given}",
    ),
    "fund_told": (
        "{report}；{name}：共 {given} 元，已兑换 {points} 分，合 {spent} 元，剩余 {left} 元",
        "{report}; fund {name}: {given} yuan, redeemed {points} points worth {spent} yuan, left"
        " {left} yuan",
    ),
    "round_no_half": (
        "“{period}”不是半年：请写成 2026-H1 或 2026-H2",
        "“{period}” is not a half year: write 2026-H1 or 2026-H2",
    ),
    "round_days_wrong": (
        "{period} 的兑换开放日期应在 {first} 至 {last} 之间，且不能先止后起",
        "the opening days of {period} must lie from {first} to {last}, the first before the last",
    ),
    "round_days": ("{period}：{first} 至 {last}", "{period}: {first} to {last}"),
    "round_closed": (
        "{day} 不在兑换开放日期内；开放日期为 {days}",
        "no round of redemption is open on {day}: the opening days are {days}",
    ),
    "not_shopkeeper": (
        "{person}不是积分超市管理人员或工作人员，不能作为经手人；可以填写：{choices}",
        "{person} neither keeps the shop nor is a clerk: name one of {choices}",
    ),
    "blacklisted": (
        "户号“{household}”在 {year} 年黑榜上，不能兑换",
        "household “{household}” is on the black list (黑榜) of {year}",
    ),
    "out_of_stock": ("{goods}库存只有 {stock} 件", "only {stock} × {goods} are in stock"),
    "given_back": (
        "兑换“{ref}”已于 {day} 退还，编号不能再用；再次兑换请换一个编号",
        "redemption “{ref}” was given back on {day}: use another number",
    ),
    "was_given_back": ("此前已登记；已于 {day} 退还", "it was there; it was given back on {day}"),
    "too_few_points": (
        "户号“{household}”可兑换 {free} 分，不足 {price} 分",
        "household “{household}” can redeem {free} points, not {price}",
    ),
    "price_unsaid": (
        "请写明积分（大于 0），或写明物品",
        "say how many points, above 0, or which goods",
    ),
    "price_differs": (
        "{count} 件{goods}是 {price} 分，不是 {said} 分",
        "{count} × {goods} cost {price} points, not {said}",
    ),
    "redemption_unknown": (
        "{community}没有编号为“{ref}”的兑换",
        "{community} has no redemption “{ref}”",
    ),
    "refund_cleared": (
        "兑换“{ref}”用的是 {year} 年的积分，已经清零，不能再退还",
        "redemption “{ref}” was paid with points of {year}, which have been cleared: it cannot be"
        " given back any more",
    ),
    "goods_priced": (
        "物品“{name}”的价格是 {price} 分",
        "goods “{name}” have the price {price}",
    ),
    "goods_unsound": (
        "物品“{name}”的价格须大于 0，库存不能为负数",
        "goods “{name}” need a price above 0 and a stock of 0 or more",
    ),
}
