"""Why a step of the review cycle cannot be done yet: what operators and clerks read."""

STEPS = {
    "stage_understaffed": (
        "“{stage}”需要 {needed} 人评议，登记了 {seated} 人",
        "“{stage}” needs {needed} to decide, {seated} registered",
    ),
    "all_barred": (
        "“{stage}”需要 {needed} 人评议，其余的人都须回避",
        "“{stage}” needs {needed} to decide; the others are barred from the household",
    ),
    "run_silent": ("执行它的任务没有动静", "its run gives no sign of life"),
    # The monthly audit.
    "audit_by_quarter": (
        "{community}按季审核，{period}没有单独的审核，随{due}一并审核",
        "{community} has no audit of {period}: its scheme audits by quarter, with {due}",
    ),
    "audit_early": (
        "{period}还没有结束，审核于{moment}截止",
        "{period} is not over: its audit closes at {moment}",
    ),
    "audit_undecided": (
        "{community}还有{count}件申报未评议，{period}的审核到{moment}截止：请评议，或等到截止",
        "{count} claims of {community} are undecided, and the audit of {period} is"
        " open until {moment}: decide them, or wait",
    ),
    # The quarterly publicity.
    "audit_not_closed": (
        "{month}的审核还没有办结，{quarter}不能公示",
        "{quarter} cannot be published: the audit of {month} is not closed",
    ),
    "quarter_not_published": (
        "{period}还没有公示：`jifen publicity --period {period}`",
        "{period} has not been published: `jifen publicity --period {period}`",
    ),
    "notice_open": ("公示到{moment}为止", "the notice is open until {moment}"),
    "correction_not_upheld": (
        "异议“{objection}”的状态是“{status}”：只有成立的异议才有更正公告",
        "objection “{objection}” is {status}: only an upheld one is followed"
        " by a correction notice",
    ),
    # Redemption rounds and reports.
    "round_open": ("本轮兑换到{moment}为止", "the round is open until {moment}"),
    "no_report": ("{ruleset}没有{half}的报告", "{ruleset} names no report for {half}"),
    # The yearly settlement and the clearing.
    "year_not_over": (
        "{year}年还没有结束，{moment}起才能结算",
        "{year} is not over: it can be settled from {moment} on",
    ),
    "year_blocked": (
        "{community}的{year}年度还不能结算：{blockers}",
        "{year} of {community} cannot be settled: {blockers}",
    ),
    "undecided_claims": (
        "{count}件申报未评议（{advice}）",
        "undecided_claims ({count}): {advice}",
    ),
    "open_objections": (
        "{count}件异议未处理（{advice}）",
        "open_objections ({count}): {advice}",
    ),
    "audit_open": ("{count}期审核未办结（{advice}）", "audit_open ({count}): {advice}"),
    "not_published": ("{count}个季度未公示（{advice}）", "not_published ({count}): {advice}"),
    "publicity_open": ("{count}份公示未满期（{advice}）", "publicity_open ({count}): {advice}"),
    "members_unknown": (
        "{count}户没有参与人数（{advice}）",
        "members_unknown ({count}): {advice}",
    ),
    "year_not_published": (
        "{community}的{year}年度还没有结算，不能公示",
        "{year} of {community} cannot be published: it is not settled",
    ),
    "year_not_cleared": (
        "{community}的{year}年度还没有结算，不能清零",
        "{year} of {community} is not settled: nothing can be cleared",
    ),
    "year_not_carried": (
        "{community}的{year}年度还没有结算，不能结转",
        "{year} of {community} is not settled: nothing is carried over",
    ),
    "clearing_early": (
        "{year}年度的积分{moment}才清零，在此之前可以兑换",
        "{year} is cleared at {moment}: until then it can be redeemed",
    ),
    "clearing_disputed": (
        "{community}的{year}年度还有{count}件异议未处理：处理完再清零",
        "{count} objections of {community} against {year} are open: resolve them before clearing",
    ),
}
