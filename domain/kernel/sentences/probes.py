"""What the probes of an installation find (探测结果): the cause, and the remedy of that name."""

PROBES = {
    # What is looked at.
    "about_database": ("数据库", "the database"),
    "about_version": ("数据库的版本", "the database's version"),
    "about_time": ("时间", "the time"),
    "about_clock": ("时钟", "the clock"),
    "about_backup": ("备份", "the backup"),
    "about_engine": ("Prefect服务", "the Prefect server"),
    "about_engine_version": ("Prefect的版本", "Prefect's version"),
    "about_pool": ("工作池", "the work pool"),
    "about_queues": ("工作队列", "the work queues"),
    "about_workers": ("执行进程", "the workers"),
    "about_deployments": ("部署", "the deployments"),
    "about_disk": ("磁盘空间", "disk space"),
    "about_outbox": ("消息的投递", "delivery of messages"),
    "about_letters": ("未送达的消息", "undelivered messages"),
    "about_channels": ("投递渠道", "the channels of delivery"),
    "about_duties": ("时钟的日常工作", "the clock's duties"),
    "about_notices": ("公示的发布", "publication of notices"),
    "about_seals": ("账本的封印", "the ledger's seals"),
    "about_calendar": ("工作日日历", "the calendar of working days"),
    "about_operators": ("运维人员", "the operators"),
    "about_public_folder": ("公示文件夹", "the public folder"),
    "probe_silent": ("{seconds}秒内没有应答", "no answer within {seconds} s"),
    "remedy_silent": (
        "请稍候再看；一直没有应答的，`jifen doctor` 会等得久一些",
        "look again in a while; `jifen doctor` waits longer",
    ),
    "remedy_engine_silent": (
        "请看Prefect服务是否过忙；一直没有应答的，请重新启动它："
        "`systemctl restart jifen-prefect`，或结束并重新运行 `jifen up`",
        "see whether the Prefect server is too busy; if it stays silent, start it again:"
        " `systemctl restart jifen-prefect`, or end `jifen up` and run it again",
    ),
    "remedy_part_of_service": (
        "这里的 `jifen up` 会自行重新启动它；一直不恢复的，请看 {log}，"
        "再按Ctrl-C结束 `jifen up` 并重新运行",
        "the `jifen up` that runs here starts it again by itself; if it stays away, see {log}, end"
        " `jifen up` (Ctrl-C) and run it again",
    ),
    "probe_failed": ("检查本身没有办成（{fault}）", "the check itself came to nothing ({fault})"),
    "thrown_at": ("程序错误{kind}（{place}）", "{kind} in {place}"),
    # The database.
    "probe_database_none": (
        "还没有数据库（{file}）",
        "there is no database yet ({file})",
    ),
    "remedy_database_none": (
        "`jifen init`；整个服务：`jifen up`",
        "`jifen init`; the whole service: `jifen up`",
    ),
    "probe_database_away": ("数据库不能使用：{why}", "the database cannot be used: {why}"),
    "remedy_database_away": (
        "请检查数据库是否在运行、磁盘是否有空间，并核对地址：`jifen config show`",
        "see that it runs and has room on its disk, and its address: `jifen config show`",
    ),
    "probe_time_apart": (
        "{machine}的时间是{ours}，数据库的是{theirs}，相差{seconds}秒",
        "{machine} says {ours}, the database {theirs}: {seconds} s apart",
    ),
    "remedy_time_apart": (
        "请校准两台机器的时间（`timedatectl`），校准后自动继续",
        "set both machines' clocks right (`timedatectl`): it goes on by itself",
    ),
    "probe_time_doubted": ("{why}", "{why}"),
    "remedy_time_doubted": (
        "请校准本机时间，校准后自动继续；时间没有错就 `jifen time accept --why 原因`",
        "set the machine's clock right (`timedatectl`): it goes on by itself; where the time is"
        " right, `jifen time accept --why TEXT`",
    ),
    "probe_clock_none": (
        "没有时钟在运行，到期的事项没有人交办",
        "no clock is at work: nothing that falls due is handed out",
    ),
    "remedy_clock_none": (
        "请启动服务 `jifen up`，或时钟单元 `systemctl start jifen-clock`",
        "start the service, `jifen up`, or the clock's unit, `systemctl start jifen-clock`",
    ),
    "probe_clock_gone": (
        "时钟（{holder}）停了，没有别的时钟接替",
        "the clock ({holder}) has stopped, and no other has taken over",
    ),
    "remedy_clock_gone": (
        "请重新启动它：`jifen up`，或 `systemctl restart jifen-clock`；原因在它的日志里",
        "start it again: `jifen up`, or `systemctl restart jifen-clock`; its log says why",
    ),
    "probe_clock_ahead": (
        "时钟的租约被 {holder} 占到{until}：占用它的机器时间不对",
        "the clock's lease is held by {holder} until {until}: that machine's time was wrong",
    ),
    "remedy_clock_ahead": (
        "请校准 {holder} 的时间；时间正确的时钟会自行接替",
        "set the time of {holder} right; a clock whose time is right takes over by itself",
    ),
    "probe_backup_none": (
        "数据库还没有备份过，已经超过 {days} 天",
        "the database was never copied, for more than {days} days",
    ),
    "remedy_backup_none": (
        "`jifen backup 文件夹/ --keep 30`，每天一次；由别的程序备份的，设置 backup_days = 0",
        "`jifen backup FOLDER/ --keep 30`, once a day; where something else takes the copies, set"
        " backup_days = 0",
    ),
    "probe_backup_old": (
        "最近一次备份已经超过 {days} 天",
        "the last copy of the database is older than {days} days",
    ),
    "remedy_backup_old": (
        "`jifen backup 文件夹/ --keep 30`；定时备份：`systemctl status jifen-backup.timer`",
        "`jifen backup FOLDER/ --keep 30`; by a timer: `systemctl status jifen-backup.timer`",
    ),
    "probe_channel_refuses": (
        "经{way}发出的消息一封都没有被接收，等待发送的有{count}封；每隔几小时再试，三天后不再试",
        "nothing that goes out by {way} is accepted; letters that wait: {count}; they are tried"
        " again every few hours, for three days",
    ),
    "remedy_channel_refuses": (
        "请检查该服务是否运行、地址和口令是否仍然有效：`jifen person test CODE`；"
        "对方的答复：`jifen outbox list`",
        "see that the service runs and that address and password still hold: `jifen person test"
        " CODE`; what it answers: `jifen outbox list`",
    ),
    # The engine.
    "probe_engine_unnamed": (
        "这个目录里没有运行Prefect服务，设置里也没有写它的地址",
        "no Prefect server runs in this folder, and the settings name none",
    ),
    "remedy_engine_unnamed": (
        "请启动服务 `jifen up`，或在 JIFEN_PREFECT_API_URL 中写明地址",
        "start the service, `jifen up`, or name the server in JIFEN_PREFECT_API_URL",
    ),
    "probe_engine_down": (
        "Prefect服务没有运行：{url} 拒绝连接",
        "the Prefect server does not run: {url} refuses the connection",
    ),
    "remedy_engine_down": (
        "请启动它：`jifen up`，或 `systemctl start jifen-prefect`；到期的事项会等着，不会丢失",
        "start it: `jifen up`, or `systemctl start jifen-prefect`; what is due waits, nothing is"
        " lost",
    ),
    "probe_engine_hangs": (
        "Prefect服务（{url}）接受连接，但没有应答",
        "the Prefect server at {url} takes connections and does not answer",
    ),
    "remedy_engine_hangs": (
        "请重新启动它：`systemctl restart jifen-prefect`，或结束并重新运行 `jifen up`",
        "start it again: `systemctl restart jifen-prefect`, or end `jifen up` and run it again",
    ),
    "probe_engine_unreachable": (
        "Prefect服务（{url}）连不上：{why}",
        "the Prefect server at {url} cannot be reached: {why}",
    ),
    "remedy_engine_unreachable": (
        "请核对 JIFEN_PREFECT_API_URL 和网络：`jifen config show`",
        "see JIFEN_PREFECT_API_URL and the network: `jifen config show`",
    ),
    "probe_engine_answers_wrong": (
        "{url} 应答 {code}：那里可能不是Prefect服务，或它自己的数据库有问题",
        "{url} answers {code}: perhaps it is no Prefect server, or its own database is at fault",
    ),
    "remedy_engine_answers_wrong": (
        "请看Prefect服务的日志，并核对地址：`jifen config show`",
        "see the Prefect server's log, and its address: `jifen config show`",
    ),
    "probe_engine_version": (
        "Prefect服务的版本是 {theirs}，本机的是 {ours}",
        "the Prefect server is of version {theirs}, this machine's parts are of {ours}",
    ),
    "remedy_engine_version": (
        "请在所有机器上安装同一版本的本程序，再重新启动各部分",
        "install the same version of jifen on all machines, and start all parts again",
    ),
    "probe_pool_missing": (
        "Prefect里没有工作池 {pool}，交办的事项没有去处",
        "Prefect has no work pool {pool}: what is handed out goes nowhere",
    ),
    "remedy_pool_missing": ("请重新建立：`jifen deploy`", "make it again: `jifen deploy`"),
    "probe_pool_paused": (
        "工作池 {pool} 被暂停，到期的事项都不会办理",
        "the work pool {pool} is paused: nothing that falls due is done",
    ),
    "remedy_pool_paused": (
        "请在Prefect的 Work Pools 页打开 {pool} 的开关，或 `jifen deploy`",
        "switch {pool} on under Work Pools in Prefect, or `jifen deploy`",
    ),
    "probe_pool_limited": (
        "工作池 {pool} 的并发上限被设成了0，什么都不会办理",
        "the work pool {pool} has a concurrency limit of 0: nothing is done",
    ),
    "remedy_pool_limited": (
        "请取消上限：`jifen deploy`",
        "take the limit away: `jifen deploy`",
    ),
    "probe_queue_paused": (
        "工作队列 {queue} 被暂停，排在里面的事项不会办理",
        "the work queue {queue} is paused: what is in it is not done",
    ),
    "remedy_queue_paused": (
        "请在Prefect的工作池 {pool} 里打开队列 {queue}，或 `jifen deploy`",
        "switch the queue {queue} on in the work pool {pool}, or `jifen deploy`",
    ),
    "probe_queue_limited": (
        "工作队列 {queue} 的并发上限被设成了0，排在里面的事项不会办理",
        "the work queue {queue} has a concurrency limit of 0: what is in it is not done",
    ),
    "remedy_queue_limited": (
        "请取消上限：`jifen deploy`",
        "take the limit away: `jifen deploy`",
    ),
    "probe_workers_none": (
        "没有执行进程连到Prefect",
        "no worker has ever reported to Prefect",
    ),
    "remedy_workers_none": (
        "请启动服务 `jifen up`，或 `systemctl start jifen-worker`",
        "start the service, `jifen up`, or `systemctl start jifen-worker`",
    ),
    "probe_workers_gone": (
        "没有执行进程还有动静（以前见过{count}个）",
        "no worker gives a sign of life any more (seen before: {count})",
    ),
    "remedy_workers_gone": (
        "请重新启动执行进程：`systemctl restart jifen-worker`，或 `jifen up`；"
        "没有办完的事项会自行重办",
        "start the worker again: `systemctl restart jifen-worker`, or `jifen up`; what was not"
        " ended is done again by itself",
    ),
    "probe_deployments_missing": (
        "Prefect里缺{count}个部署（{names}），这些流程不能交办",
        "deployments that Prefect lacks: {count} ({names}); these flows cannot be handed out",
    ),
    "remedy_deployments_missing": ("请重新建立：`jifen deploy`", "make it again: `jifen deploy`"),
    # The service's daily work.
    "duty_publication": ("公示的发布", "publication"),
    "duty_watch": ("值守", "the watch"),
    "duty_check": ("夜间验账", "the nightly check of the seals"),
    "probe_duty_failed": ("{duty}没有办成：{why}", "{duty} came to nothing: {why}"),
    "remedy_duty_failed": (
        "请排除这个原因；时钟会自行再试",
        "clear that; the clock tries again by itself",
    ),
    "probe_duty_silent": (
        "{duty}早该再做一次，时钟却没有做",
        "{duty} should have been done again, and the clock has not",
    ),
    "remedy_duty_silent": (
        "请看时钟的日志；必要时重新启动它：`systemctl restart jifen-clock`，"
        "或结束并重新运行 `jifen up`",
        "see the clock's log; start it again if need be: `systemctl restart jifen-clock`, or end"
        " `jifen up` and run it again",
    ),
    "publication_silent": (
        "时钟还没有发布它们",
        "the clock has not published them yet",
    ),
    "probe_notices_unpublished": (
        "应当公示而没有公示出来的有{count}份：{why}",
        "notices that do not stand in the public folder: {count}; {why}",
    ),
    "remedy_notices_unpublished": (
        "请排除这个原因；随即自行补发，也可以 `jifen notice publish`",
        "clear that; they are then published by themselves, or by `jifen notice publish`",
    ),
    "communities_unpublished": (
        "{community}的公示写不出来（{why}）；这样的社区（村）共{count}个",
        "the notices of {community} cannot be written ({why}); such communities: {count}",
    ),
    "probe_seals_broken": ("账本对不上封印：{why}", "the ledger does not hold: {why}"),
    "remedy_seals_broken": (
        "请先不要改动，保留数据库原样，再 `jifen ledger verify`，并与公示和备份核对",
        "change nothing, keep the database as it is, then `jifen ledger verify`, and compare it"
        " with the notices and a backup",
    ),
    "probe_seals_unchecked": (
        "夜间验账已经多日没有做",
        "the nightly check of the seals has not been done for days",
    ),
    "remedy_seals_unchecked": (
        "请运行 `jifen ledger verify`，并看时钟的日志",
        "run `jifen ledger verify`, and see the clock's log",
    ),
    "probe_seals_never": (
        "还没有做过夜间验账",
        "the nightly check of the seals has never been done",
    ),
    "remedy_seals_never": (
        "请让时钟在夜里运行，或运行 `jifen ledger verify`",
        "let a clock run at night, or run `jifen ledger verify`",
    ),
    "probe_operators_none": (
        "没有登记运维人员的地址：系统出了问题，没有人会收到消息",
        "no operator's address is set: nobody is told when the service is in trouble",
    ),
    "remedy_operators_none": (
        "请在 JIFEN_OPERATORS 里写明通知地址，或 `jifen person add … --role operator --notify URL`",
        "set addresses in JIFEN_OPERATORS, or `jifen person add … --role operator --notify URL`",
    ),
    # The machine.
    "probe_disk_low": (
        "{machine}：{folder} 所在的磁盘只剩 {free} MiB（共 {total} MiB）",
        "{machine}: the disk of {folder} has {free} MiB left of {total}",
    ),
    "remedy_disk_low": (
        "请腾出空间：旧备份、日志都可以移走；不要删除 {folder} 里的数据库",
        "make room: old backups and logs can go elsewhere; never delete the database in {folder}",
    ),
    "probe_disk_full": (
        "{machine}：{folder} 所在的磁盘已满（只剩 {free} MiB）",
        "{machine}: the disk of {folder} is full ({free} MiB left)",
    ),
    "remedy_disk_full": (
        "请马上腾出空间：旧备份、日志都可以移走；有了空间，服务自行继续",
        "make room now: old backups and logs can go elsewhere; with room the service goes on by"
        " itself",
    ),
    "probe_folder_unwritable": (
        "{machine}：公示文件夹 {folder} 不能写入：{why}",
        "{machine}: the public folder {folder} cannot be written to: {why}",
    ),
    "remedy_folder_unwritable": (
        "请让运行服务的用户可以写入 {folder}；公示随即自行补上",
        "let the service's user write to {folder}; what is missing there is then published by"
        " itself",
    ),
}
