"""What flow runs say of themselves in Prefect's UI: their names, and why they ended as they did."""

RUNS = {
    # A run's name: what, of which period, for whom.
    "run_name": ("{process}（{step}）{period} · {whom}", "{process} {step} {period} · {whom}"),
    "run_name_alone": ("{process} {period} · {whom}", "{process} {period} · {whom}"),
    "run_for_many": ("{count}个社区（村）", "communities: {count}"),
    "run_by_hand": ("手工结算 {period} · {whom}", "settlement by hand {period} · {whom}"),
    "run_of_status": ("运行情况", "status"),
    # What a run did.
    "run_done": ("办结{count}个", "{count} done"),
    "run_would_be_done": ("可以办理{count}个", "{count} would be done"),
    "run_skipped": ("无需办理{count}个", "{count} skipped"),
    "run_blocked": ("暂不能办理{count}个", "{count} blocked"),
    "run_failed": ("出错{count}个", "{count} failed"),
    "run_worst": ("{counts}：{community}：{why}", "{counts}: {community}: {why}"),
    "run_table": ("{name}：各社区办理情况", "{name}: what was done, skipped, blocked or failed"),
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
