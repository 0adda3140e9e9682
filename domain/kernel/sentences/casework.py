"""What is wrong with worked cases (算例), and in what a case and the program differ."""

CASEWORK = {
    # The file's own faults.
    "case_ref_twice": (
        "申报 {refs} 写了两次：请给每笔申报各自的编号",
        "the ref {refs} stands twice: give each claim its own",
    ),
    "case_awards_silent": (
        "`awards` 没有写 {refs}：每笔申报都要写",
        "`awards` says nothing of {refs}: name every claim",
    ),
    "case_ref_unknown": (
        "没有申报 {refs}：请更正编号",
        "there is no claim {refs}: correct the ref",
    ),
    "case_other_year": (
        "{refs} 不发生在 {year} 年：请更正 `on`",
        "{refs} did not occur in {year}: correct `on`",
    ),
    "case_of_ruleset": ("{ruleset}：{why}", "{ruleset}: {why}"),
    "case_differs": ("{case}：{whys}", "{case}: {whys}"),
    # Cases about what claims earn.
    "case_unscored": ("无法计分：{why}", "it cannot be scored: {why}"),
    "case_earns": (
        "{ref}（项目 {item}，{day}）得 {came} 分，算例写的是 {said}：{why}",
        "{ref} (item {item}, {day}) earns {came}, the case says {said}: {why}",
    ),
    "case_loses_nothing": (
        "{ref}（项目 {item}，{day}）没有因 `{rule}` 少得分：{why}",
        "{ref} (item {item}, {day}) loses nothing by {rule}: {why}",
    ),
    "case_takes_back": (
        "收回该户此前所得的 {points} 分",
        "it takes back {points} of what the household gained until then",
    ),
    "case_item_gives": ("项目给 {points} 分", "the item gives {points}"),
    "case_and_takes": (
        "{before}，`{rule}` 扣去 {points} 分",
        "{before}, {rule} takes {points}",
    ),
    # Whole years: in what they differ.
    "worked_unlived": ("这一年演算不下去：{why}", "it cannot be lived through: {why}"),
    "worked_due": (
        "{name} 的期限是 {came}，算例写的是 {said}",
        "{name} is due on {came}, the case says {said}",
    ),
    "worked_status": (
        "{name} 是 {came}，算例写的是 {said}",
        "{name} is {came}, the case says {said}",
    ),
    "worked_registered": (
        "{name} 记入 {came}，算例写的是 {said}",
        "{name} is registered in {came}, the case says {said}",
    ),
    "worked_earned": (
        "{name} 得 {came} 分，算例写的是 {said}",
        "{name} has earned {came}, the case says {said}",
    ),
    "worked_score": (
        "{name} 得分 {came}，算例写的是 {said}",
        "{name} scores {came}, the case says {said}",
    ),
    "worked_balance": (
        "{name} 余额 {came}，算例写的是 {said}",
        "{name} has a balance of {came}, the case says {said}",
    ),
    "worked_next_balance": (
        "{name} {year} 年余额 {came}，算例写的是 {said}",
        "{name} has a balance in {year} of {came}, the case says {said}",
    ),
    "worked_rank": (
        "{name} 名次 {came}，算例写的是 {said}",
        "{name} ranks {came}, the case says {said}",
    ),
    "worked_average": (
        "{name} 按 {came} 排名，算例写的是 {said}",
        "{name} ranks by {came}, the case says {said}",
    ),
    "worked_honours": (
        "{name} 的荣誉是 {came}，算例写的是 {said}",
        "{name} is honoured as {came}, the case says {said}",
    ),
    "worked_support": (
        "帮扶名单是 {came}，算例写的是 {said}",
        "to be helped are {came}, the case says {said}",
    ),
    "worked_refused": (
        "{name} 的退回原因是“{came}”，算例写的是“{said}”",
        "{name} is refused with “{came}”, the case says “{said}”",
    ),
    "worked_blocked": (
        "{name} 受阻的原因是“{came}”，算例写的是“{said}”",
        "{name} is blocked with “{came}”, the case says “{said}”",
    ),
    "worked_unsettled": ("这一年没有结算：{why}", "the year is not settled: {why}"),
    "worked_no_notice": (
        "没有公示“{name}”，只有 {others}",
        "there is no notice “{name}”, only {others}",
    ),
    "worked_notice_published": (
        "{name} 于 {came} 公示，算例写的是 {said}",
        "{name} is published on {came}, the case says {said}",
    ),
    "worked_notice_open": (
        "{name} 公示到 {came}，算例写的是 {said}",
        "{name} is open until {came}, the case says {said}",
    ),
    "worked_notice_silent": ("{name} 没有写“{word}”", "{name} does not say “{word}”"),
    "worked_notice_says": ("{name} 写了“{word}”", "{name} says “{word}”"),
    "these_names": ("{names}", "{listed}"),
    "no_value": ("无", "None"),
    "no_others": ("（一个也没有）", "none"),
    # What no case tries.
    "no_case_tries": ("没有算例演算 {name}", "no case tries {name}"),
    "no_year_tries": ("没有全年算例演算 {name}", "no year tries {name}"),
    "no_case_shows": (
        "没有算例体现裁定 {number}：{text}",
        "no case shows ruling {number}: {text}",
    ),
    "case_covers_unknown": (
        "算例“{case}”写了 {name}，这套办法里没有",
        "case “{case}” covers {name}, which the ruleset has not",
    ),
    "case_covers_idle": (
        "算例“{case}”写了 {name}，但没有一笔申报与它有关",
        "case “{case}” covers {name}, but no claim concerns that",
    ),
    "worked_covers_unsaid": (
        "算例“{case}”写了裁定 {number}，但没有写 {keys} 应是多少",
        "case “{case}” covers ruling {number}, but does not expect {named}",
    ),
}
