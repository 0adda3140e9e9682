"""What to do about a finding (处理办法): the command, and what comes before it."""

FINDINGS = {
    "advice": ("`{command}`", "`{command}`"),
    "advice_objection": (
        "OUTCOME 写 upheld（成立）或 dismissed（不成立）：`{command}`",
        "OUTCOME is upheld or dismissed: `{command}`",
    ),
    "advice_clock": (
        "请看原因和处理办法：`{command}`",
        "see why, and what to do: `{command}`",
    ),
    "advice_outbox": (
        "请确认至少有一台机器在运行服务：`{command}`",
        "see whether the service runs on one machine at least: `{command}`",
    ),
    "advice_messages": (
        "请用 `jifen person add` 更正地址，然后 `{command}`",
        "correct the address with `jifen person add`, then `{command}`",
    ),
    "advice_unaddressed": (
        "请用 `jifen person add … --notify URL` 登记地址，然后 `{command}`",
        "give an address with `jifen person add … --notify URL`, then `{command}`",
    ),
    "advice_undecidable": (
        "请登记一位不是本户、也不是亲属的评议人：`{command}`",
        "let somebody of another household, who is no kin, be registered: `{command}`",
    ),
    "advice_calendar": (
        "请把国务院办公厅的放假通知做成表格导入（日期、至、安排、说明）：`{command}`",
        "take in the State Council's notice as a sheet (日期, 至, 安排, 说明): `{command}`",
    ),
    "advice_fund": (
        "请在下一轮兑换前另筹经费；已发放的物品：`{command}`",
        "find further money before the next round; what was handed out: `{command}`",
    ),
    "advice_ungrouped": (
        "评议人的组：`jifen person add … --area GROUP`；农户的组：`{command}`",
        "an assessor's group: `jifen person add … --area GROUP`; a household's: `{command}`",
    ),
    "advice_failed": ("请先排除原因，然后 `{command}`", "clear that, then `{command}`"),
    "advice_held": (
        "请向暂停它的人问清楚，然后 `{command}`",
        "ask who holds it, then `{command}`",
    ),
    "advice_blocked": ("请先排除原因，然后 `{command}`", "clear that, then `{command}`"),
}
