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
    "engine_took_nothing": (
        "交办时Prefect服务没有应答，还会再试",
        "the engine did not answer when it was handed over; it is tried again",
    ),
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
        "claims of {community} that are undecided: {count}; the audit of {period} is open until"
        " {moment}: decide them, or wait",
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
    "month_not_audited": ("{month}的审核还没有登记", "the audit of {month} is not closed yet"),
    # Redemption rounds and reports.
    "round_open": ("本轮兑换到{moment}为止", "the round is open until {moment}"),
    "report_early": (
        "{half}还没有开始，不能生成报告",
        "{half} has not begun: there is nothing to report",
    ),
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
        "{count}件申报未评议（请评议：`jifen review list`）",
        "undecided_claims ({count}): {advice}",
    ),
    "open_objections": (
        "{count}件异议未处理（请处理：`jifen objection list`）",
        "open_objections ({count}): {advice}",
    ),
    "audit_open": (
        "{about}的审核未办结（请办结：`jifen audit`）",
        "audit_open ({count}): {advice}",
    ),
    "not_published": (
        "{about}未公示（请公示：`jifen publicity`）",
        "not_published ({count}): {advice}",
    ),
    "publicity_open": (
        "{count}份公示未满期（公示到{about}为止）",
        "publicity_open ({count}): {advice}",
    ),
    "members_unknown": (
        "{count}户没有参与人数（请填写参与人数，或导入成员）",
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
        "objections of {community} against {year} that are open: {count}; resolve them before"
        " clearing",
    ),
    # What a run is asked for.
    "community_unknown": (
        "没有编号或名称为“{value}”的社区：请看 `jifen community list`",
        "there is no community “{value}”: see `jifen community list`",
    ),
    "community_ambiguous": (
        "有几个社区都叫“{value}”：请写编号（{codes}）",
        "several communities are called “{value}”: give the code ({codes})",
    ),
    "no_community_asked": ("没有写社区：请写编号或名称", "name a community, by its code or name"),
    "period_of_other_kind": (
        "这一步没有“{period}”这样的期：请写{wanted}",
        "“{period}” is no period of this step: write {wanted}",
    ),
    "period_month": ("月份，如2026-03", "a month such as 2026-03"),
    "period_quarter": ("季度，如2026-Q1", "a quarter such as 2026-Q1"),
    "period_half_year": ("半年，如2026-H1", "a half year such as 2026-H1"),
    "period_year": ("年度，如2026", "a year such as 2026"),
    "later_than_now": (
        "办理时间{moment}晚于现在（{now}）：只有演练才能预先办理",
        "{moment} is later than now ({now}): only in a rehearsal may a later time stand in for now",
    ),
    "why_by_hand": (
        "请在reason里写明为什么手工结算",
        "say in `reason` why the year is settled by hand",
    ),
    # Why a step moved, or was dropped.
    "before_its_release": (
        "本版本程序启用这一步骤前已到期",
        "fell due before the release that has this step",
    ),
    "before_added": ("登记村（社区）之前就已到期", "fell due before the community was added"),
    "notice_published_on": (
        "{period}公示于{day}发布",
        "the notice of {period} was published on {day}",
    ),
    "day_as_country": ("{day}恢复为全国日历", "{day} as in the country's calendar"),
    "ruleset_from": ("{day}起用{ruleset} {version}", "{ruleset} {version} from {day}"),
    # What a step did.
    "did_remind": ("已提醒评议人{count}人", "reviewers reminded: {count}"),
    "did_tell": ("已写信{count}封", "letters written: {count}"),
    "nothing_to_tell": ("没有需要提醒的事项", "nobody had to be reminded"),
    "did_audit": (
        "登记申报{claims}件，入账{entries}笔，未审转入下次{carried}件",
        "claims registered: {claims}, entries: {entries}, undecided and carried over: {carried}",
    ),
    "did_open": ("基础分{count}笔", "base entries: {count}"),
    "did_collect": (
        "接受{accepted}件，退回{refused}件，新户基础分{entries}笔",
        "accepted: {accepted}, refused: {refused}, base entries of new households: {entries}",
    ),
    "nothing_came": ("没有新的申报和新户，未启动收集", "nothing came: no run was started"),
    "did_publish": ("{period}公示已发布", "notice {period} published"),
    "did_publish_until": (
        "{period}公示已发布，公示到{moment}",
        "notice {period} published, open until {moment}",
    ),
    "did_close": ("公示期结束，未办结异议{count}件", "window closed, objections open: {count}"),
    "did_close_and_submit": (
        "公示期结束，未办结异议{count}件；结果已报送镇街联系人{written}人",
        "window closed, objections open: {count}; result submitted to the town's contacts:"
        " {written}",
    ),
    "did_round": (
        "兑换{redeemed}户，常住{resident}户，覆盖{percent}%",
        "{redeemed} of {resident} households ({percent}%)",
    ),
    "did_round_enough": (
        "兑换{redeemed}户，常住{resident}户，覆盖{percent}%，达到要求",
        "{redeemed} of {resident} households ({percent}%), as required",
    ),
    "did_round_too_few": (
        "兑换{redeemed}户，常住{resident}户，覆盖{percent}%，没有达到要求",
        "{redeemed} of {resident} households ({percent}%), less than required",
    ),
    "did_preview": (
        "待办：{blockers}；共{households}户，双倍兑换{bonus}分，将清零{cleared}分",
        "blockers: {blockers}; households: {households}, bonus {bonus}, to be cleared {cleared}",
    ),
    "none": ("无", "none"),
    "did_settle": ("已结算", "settled"),
    "did_settle_and_carry": (
        "已结算，{count}户结转",
        "settled; households that carry points over: {count}",
    ),
    "by_hand": ("{did}；手工办理：{why}", "{did}; started by hand: {why}"),
    "did_clear": ("已清零", "cleared"),
    "did_report_on_demand": ("已起草{report}", "{report} drawn up"),
    "did_report": ("已起草{report}，{due}前报送", "{report} drawn up, due {due}"),
    # Why a step had nothing to do.
    "audit_is_closed": ("审核已登记", "the audit is closed"),
    "audit_was_closed": ("审核早已登记", "the audit was closed before"),
    "books_are_open": ("已开账", "the books are open"),
    "window_is_over": ("公示期已结束", "the window is over"),
    "round_is_over": ("本轮兑换已到期", "the round is over"),
    "report_is_past": ("报送日已过", "the day of the report is past"),
    "notice_is_published": ("公示已发布", "the notice is published"),
    "round_is_closed": ("本轮兑换已结束", "the round is closed"),
    "year_is_settled": ("年度已结算", "the year is settled"),
    "year_was_settled": ("年度早已结算", "the year was settled before"),
    "year_was_cleared": ("年度早已清零", "the year was cleared before"),
    "report_is_drawn_up": ("报告已起草", "the report is drawn up"),
    # Why a run does not take its step.
    "worker_told_to_end": (
        "执行程序收到停止指令，本步骤已退回，将再次办理",
        "its worker was told to end; it is tried again",
    ),
    "attempt_unknown": (
        "没有第{attempt}次办理：这一步最近一次是第{latest}次；手工办理请写0",
        "there is no attempt {attempt}: the last one at this step is {latest}; by hand it is 0",
    ),
    "taken_over_by": ("已由第{attempt}次办理接手", "taken over by attempt {attempt}"),
    "step_is_done": ("已于{moment}办结", "done at {moment}"),
    "step_is_held": ("暂停办理：{why}", "held: {why}"),
    "step_is_dropped": ("已取消：{why}", "dropped: {why}"),
    "step_waits": (
        "已退回，{moment}起由时钟再次办理",
        "given back: the clock does it again from {moment} on",
    ),
    "step_is_gone": ("没有这一步", "there is no such step"),
    "step_early": ("{moment}才到期：到时再办", "it is due at {moment}, and not done before"),
    "by_hand_lacks": (
        "请写明由谁（by）、为什么（why）手工办理",
        "say who starts it by hand (`by`), and why (`why`)",
    ),
    # What people do to a step.
    "held_by": ("{by}暂停了这一步：{why}", "held by {by} because: {why}"),
    "released_by": ("{by}恢复了这一步：{why}", "released by {by} because: {why}"),
    "retry_by": ("{by}要求再办一次：{why}", "to be tried again, says {by}, because: {why}"),
    "dropped_by": ("{by}取消了这一步：{why}", "dropped by {by} because: {why}"),
    "step_not_written": (
        "{community}的日程里没有{step}：请看 `jifen calendar -c {community}`",
        "{community} has no {step} in its calendar: see `jifen calendar -c {community}`",
    ),
    "step_act_lacks": (
        "请写明由谁、为什么处置这一步（--by，--why）",
        "say who does this to the step, and why (--by, --why)",
    ),
    "step_already_done": (
        "{step}已经办结：不能再处置",
        "{step} is done: nothing can be done to it any more",
    ),
    "step_already_dropped": (
        "{step}已经取消：请先恢复（release）",
        "{step} is dropped: release it first",
    ),
    "step_already_held": (
        "{step}已经暂停：请先恢复（release）",
        "{step} is held: release it first",
    ),
    "step_already_blocked": (
        "{step}没有暂停，是暂不能办理：请用retry",
        "{step} is not held, it is blocked: retry it",
    ),
    "step_already_failed": (
        "{step}没有暂停，是出了错：请用retry",
        "{step} is not held, it has failed: retry it",
    ),
    "step_runs": (
        "{step}正在办理：等它结束，或先暂停（hold）",
        "{step} is being done: wait for its end, or hold it",
    ),
    "step_needed": (
        "{step}不能取消，其他步骤要靠它：可以暂停（hold）",
        "{step} cannot be dropped, other steps rest on it: hold it instead",
    ),
    "step_not_dropped_by_hand": (
        "{step}不是由人取消的（{why}）：不能恢复",
        "{step} was not dropped by a person ({why}): it cannot be released",
    ),
    "settling_would": (
        "没有障碍；{households}户，奖励{bonus}分，将清零{cleared}分",
        "blockers: none; households: {households}, bonus: {bonus}, to be cleared: {cleared}",
    ),
    # A settlement in spite of blockers.
    "force_needs_town": (
        "{person}不是{community}的镇街联系人：强行结算须由镇街联系人提出"
        "（`jifen person add … --role town`）",
        "{person} has no role “town” in {community}: only who has it may settle in spite of"
        " blockers (`jifen person add … --role town`)",
    ),
    "force_not_permitted": (
        "{community}的{year}年度没有有效的强行结算许可：请用"
        " `jifen settle -c {where} --period {year} --force-by 姓名 --reason 原因`",
        "nobody has permitted to settle {year} of {community} in spite of blockers: use"
        " `jifen settle -c {where} --period {year} --force-by NAME --reason WHY`",
    ),
    "force_lacks": (
        "强行结算须写明由谁提出（姓名）和原因",
        "to settle in spite of blockers, say who does (a name), and why",
    ),
}
