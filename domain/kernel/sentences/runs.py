"""What flow runs say of themselves in Prefect's UI: their names, and why they ended as they did."""

RUNS = {
    # A run's name: what, of which period, for whom.
    "run_name": ("{process}（{step}）{period} · {whom}", "{process} {step} {period} · {whom}"),
    "run_name_alone": ("{process} {period} · {whom}", "{process} {period} · {whom}"),
    "run_for_many": ("{count}个社区（村）", "communities: {count}"),
    "run_by_hand": ("手工结算 {period} · {whom}", "settlement by hand {period} · {whom}"),
    "run_of_status": ("运行情况", "status"),
    # What the status run shows.
    "status_fine": (
        "没有逾期、受阻、失败或未送达的事项",
        "nothing is late, blocked, failed or undelivered",
    ),
    "status_counts": (
        "逾期、受阻、失败、未送达的各有多少",
        "how many things are late, blocked, failed or undelivered",
    ),
    "status_table": (
        "逾期、受阻、失败、未送达的事项，和处理办法",
        "what is late, blocked, failed or undelivered, and what to do about each",
    ),
    "status_places": (
        "共{communities}个社区（村），{places}个有事项需要留意",
        "{places} of {communities} communities concerned",
    ),
    "status_more": ("{codes}等{count}个", "{codes} … ({count})"),
    "status_what": ("情况", "what"),
    "status_communities": ("社区（村）", "communities"),
    "status_about": ("事项", "about"),
    "status_why": ("原因", "why"),
    "status_do": ("处理办法", "do"),
    "status_run": ("运行记录", "run"),
    "status_count": ("件数", "how many"),
    # What a run did.
    "run_done": ("办结{count}个", "{count} done"),
    "run_would_be_done": ("可以办理{count}个", "{count} would be done"),
    "run_skipped": ("无需办理{count}个", "{count} skipped"),
    "run_blocked": ("暂不能办理{count}个", "{count} blocked"),
    "run_failed": ("出错{count}个", "{count} failed"),
    "run_worst": ("{counts}：{community}：{why}", "{counts}: {community}: {why}"),
    "run_table": ("{name}：各社区办理情况", "{name}: what was done, skipped, blocked or failed"),
    # What operators do to runs in Prefect, and what becomes of runs that nobody ends.
    "run_was_cancelled": ("任务在Prefect里被取消（Cancel）", "its run was cancelled in Prefect"),
    "run_was_suspended": (
        "任务在Prefect里被暂停（Pause、Suspend），到时没有恢复（Resume）",
        "its run was paused in Prefect and not resumed in time",
    ),
    "run_is_suspended": (
        "任务在Prefect里被暂停（Pause、Suspend），等到{until}：请在那里恢复（Resume）或取消（Cancel）",
        "suspended in Prefect until {until}: press Resume there, or Cancel",
    ),
    "preview_was_cancelled": (
        "近期计划在Prefect里被取消（Cancel）",
        "what was coming was cancelled in Prefect",
    ),
    "preview_was_deleted": (
        "近期计划在Prefect里被删除（Delete）",
        "what was coming was deleted in Prefect",
    ),
    "preview_was_moved": (
        "近期计划在Prefect里被改期或改动",
        "what was coming was moved or changed in Prefect",
    ),
    "preview_is_held": ("步骤已被人暂停", "somebody holds the step"),
    "run_is_held": (
        "{why}：没有办的步骤已暂停，恢复办理请用`jifen step release`",
        "{why}: what was not done is held until `jifen step release`",
    ),
    "run_is_forsaken": (
        "这次任务已无事可做：它的步骤已办结、暂停，或由别的任务办理",
        "nothing is left to this run: its steps are done, held or in other hands",
    ),
    "run_was_silent": (
        "任务没有动静，没办的步骤已退回，由另一次任务办理",
        "it gave no sign of life: what was not done is given back, and done by another run",
    ),
    "run_is_for_later": (
        "任务排在了以后的时间（当时有时钟走错），步骤已退回，由另一次任务办理",
        "it was scheduled for a later time, by a clock that was wrong: its step is given back",
    ),
    "run_without_queue": (
        "任务的队列已被删除，步骤已退回，由另一次任务办理",
        "its work queue was deleted: its step is given back, and done by another run",
    ),
    "run_was_lost": (
        "办理它的任务中断、被删除或没有办成，将再次办理",
        "its run died, was deleted or ended without doing it; tried again",
    ),
    "run_is_due": ("{moment}到期", "due {moment}"),
    # Why a step failed: what the database or the program said.
    "failed_database_gone": (
        "连不上数据库，或办理中途断开（{why}）",
        "the database went away or does not answer: {why}",
    ),
    "failed_database_lacks": (
        "数据库与程序的版本不一致，缺少表或列（{why}）",
        "the database lacks what this version of the program needs: {why}",
    ),
    "failed_database_forbids": (
        "数据库不许本程序这样做（{why}）",
        "the database does not permit it: {why}",
    ),
    "failed_in_program": ("程序出错（{why}）", "a fault of the program: {why}"),
}
