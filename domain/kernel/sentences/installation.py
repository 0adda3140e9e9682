"""Why the installation itself cannot do something: its database, its files, its services."""

INSTALLATION = {
    # The machine's own words for what is wrong with a file, by the name of the error.
    "os_ENOENT": ("没有这个文件或文件夹", "No such file or directory"),
    "os_EACCES": ("没有权限", "Permission denied"),
    "os_EPERM": ("不允许这样操作", "Operation not permitted"),
    "os_EISDIR": ("这是文件夹", "Is a directory"),
    "os_ENOTDIR": ("路径里有一段不是文件夹", "Not a directory"),
    "os_EEXIST": ("已经存在", "File exists"),
    "os_ENOSPC": ("磁盘已满", "No space left on device"),
    "os_EROFS": ("磁盘是只读的", "Read-only file system"),
    "os_ENAMETOOLONG": ("文件名太长", "File name too long"),
    "os_no_file_name": ("不能作文件名", "{words}"),
    "os_coded": ("系统报错 {code}", "{words}"),
    "os_any": ("系统报错", "{words}"),
    # Whatever a command meets.
    "os_error": ("{file}：{why}", "{file}: {why}"),
    "interrupted": ("已中断：没有留下办到一半的事", "interrupted: nothing half-done was kept"),
    "engine_failed": (
        "Prefect服务出错（{fault}）：请再试一次",
        "the Prefect server failed ({fault}): try again",
    ),
    "argument_unreadable": (
        "{word} 不是 UTF-8 编码的文字：请检查终端的编码",
        "{word} is not UTF-8: see the terminal's encoding",
    ),
    # The database.
    "database_silent": (
        "数据库没有应答：{why}；请看 `jifen config show`，并运行 `jifen init`",
        "the database does not answer: {why}; see `jifen config show`, and run `jifen init`",
    ),
    "database_locked": (
        "另一项工作占着所需的记录，等待已到时限；什么都没有改动，请稍后再试，并看 `jifen status`",
        "another piece of work holds what is needed, longer than is waited for; nothing was"
        " changed: try again in a while, and see `jifen status`",
    ),
    "database_slow": (
        "数据库没有在时限内答完；什么都没有改动，请稍后再试，并看数据库所在的机器是否繁忙",
        "the database did not answer within the time limit; nothing was changed: try again in a"
        " while, and see whether its machine is busy",
    ),
    "database_idle": (
        "这项工作停顿太久，数据库已将其撤销；什么都没有改动，请再试一次",
        "this piece of work stood still for so long that the database took it back; nothing was"
        " changed: try again",
    ),
    "database_full_up": (
        "数据库的连接都被占用，等待已到时限；请稍后再试",
        "all connections to the database are in use, longer than is waited for: try again in a"
        " while",
    ),
    "database_disk_full": (
        "数据库所在的磁盘已满；什么都没有改动，请腾出空间后再试",
        "the disk on which the database lies is full; nothing was changed: make room, then try"
        " again",
    ),
    "database_new": (
        "数据库还没有建立：请运行 `jifen init`",
        "the database is not set up yet: run `jifen init`",
    ),
    "database_older": (
        "数据库是旧版本建立的：请运行 `jifen init` 升级",
        "the database is of an older version of jifen: run `jifen init` to upgrade it",
    ),
    "database_newer": (
        "数据库是新版本建立的（修订号 {revision}）：请安装新版本，`jifen init` 不能退回旧版本",
        "the database is of a newer version of jifen (revision {revision}): install that version,"
        " `jifen init` cannot go back",
    ),
    "database_not_upgraded": (
        "数据库没有升级成功，仍是原样（{why}）：请停止正在使用它的程序，核对地址，再运行"
        " `jifen init`",
        "the database could not be upgraded and is as it was ({why}): stop what is using it, check"
        " its address, and run `jifen init` again",
    ),
    "database_unusable": (
        "数据库不能使用（{why}）：请检查它是否在运行，并用 `jifen config show` 核对地址",
        "the database cannot be used ({why}): check that it runs, and its address with"
        " `jifen config show`",
    ),
    "database_url_unreadable": (
        "数据库的地址写得不对：请看 `jifen config show`",
        "the database's URL cannot be read: see `jifen config show`",
    ),
    "database_of_other_kind": (
        "不支持{backend}数据库：请用 sqlite 或 postgresql+psycopg",
        "{backend} is not supported: use sqlite or postgresql+psycopg",
    ),
    "database_folder_unmade": (
        "不能建立数据库所在的文件夹 {folder}：{why}",
        "the database's folder {folder} cannot be made: {why}",
    ),
    "database_not_empty": (
        "数据库里已经有数据，不会覆盖：请先新建一个空的数据库（createdb）",
        "the database is not empty, and is not overwritten: make a new one first (createdb)",
    ),
    "keep_needs_folder": (
        "--keep 只用于备份文件夹，{file} 不是文件夹：请先建立它",
        "--keep is for a folder of copies, and {file} is none: make it first",
    ),
    "tool_missing": (
        "没有找到 {tool}：请安装 PostgreSQL 的客户端程序（postgresql-client）",
        "{tool} is not installed: install PostgreSQL's client programs (postgresql-client)",
    ),
    "tool_failed": (
        "{tool} 没有完成：{why}",
        "{tool} failed: {why}",
    ),
    "rules_missing_in_database": (
        "数据库里的细则（版本 {version}）缺失或被改动：请从备份恢复",
        "ruleset version {version} is missing or was changed in the database",
    ),
    # Copies.
    "copy_missing": ("{file}：没有这个文件", "{file}: there is no such file"),
    "copy_exists": (
        "{file} 已经存在，不会覆盖：请先移走它，或另写一个文件名",
        "{file} exists, and is not overwritten: move it away, or name another file",
    ),
    "copy_broken": ("{file} 不是完整的积分数据库", "{file} is no whole database of jifen's"),
    # Files.
    "file_unwritable": ("{file} 不能写入：{why}", "{file} cannot be written: {why}"),
    "file_unremovable": ("{file} 不能删除：{why}", "{file} cannot be removed: {why}"),
    "folder_unmade": (
        "不能建立文件夹 {folder}：{why}",
        "the folder {folder} cannot be made: {why}",
    ),
    "secret_unkept": (
        "{file} 读不出也建不成（{why}）：里面是本机的密钥，请用运行本服务的用户来执行这条命令",
        "{file} can be neither read nor made ({why}): it keeps a secret of this installation, so"
        " run the command as the user who runs the service",
    ),
    # Services.
    "part_not_started": ("{part}没有启动成功：请看 {log}", "{part} did not start: see {log}"),
    "run_ended_early": ("{process} 没有办成：{why}", "{process} failed: {why}"),
    "run_stateless": ("没有状态", "no state"),
    "port_taken": (
        "端口 {port} 已被占用：请用 {option} 另选一个",
        "port {port} is taken: choose another with {option}",
    ),
    "engine_unnamed": (
        "请在 JIFEN_PREFECT_API_URL 中写明 Prefect 服务的地址，或在本机运行 `jifen up`",
        "name the Prefect server in JIFEN_PREFECT_API_URL, or start `jifen up` on this machine",
    ),
    # The time.
    "time_apart_at_start": (
        "本机的时间是{ours}，数据库的是{theirs}，相差{seconds}秒：请校准时间（`timedatectl`）再启动",
        "this machine says {ours}, the database {theirs}, {seconds} s apart: set the clock right"
        " (`timedatectl`) and start again",
    ),
    "up_in_doubt": (
        "{why}：请校准本机时间，或者 `jifen time accept --why 原因`",
        "{why}: set the machine's clock right, or `jifen time accept --why TEXT`",
    ),
    "time_apart_unaccepted": (
        "{why}；不一致的时间不能认可，请校准（`timedatectl`），校准后自动继续",
        "{why}; a time that differs cannot be accepted: set the clocks right (`timedatectl`), and"
        " it goes on by itself",
    ),
    "time_apart": (
        "本机的时间是{ours}，数据库的是{theirs}，相差{seconds}秒：时钟停止办理",
        "this machine says {ours}, the database {theirs}: {seconds} s apart; its clock waits",
    ),
    "time_jumped": (
        "时间从{before}跳到了{now}，其间实际只过了{seconds}秒：时钟停止办理",
        "the time went from {before} to {now} while {seconds} s passed: the clock does nothing",
    ),
    "time_before_last": (
        "现在是{now}，而上一次办理是在{last}：时钟停止办理",
        "it is {now} now, but the clock last worked at {last}: it does nothing",
    ),
    "time_before_all": (
        "现在是{now}，而社区是在{last}加入的：时钟停止办理",
        "it is {now} now, but a community was added at {last}: the clock does nothing",
    ),
    "time_long_after": (
        "现在是{now}，距上一次办理（{last}）已有{days}天：时钟停止办理，等人确认时间",
        "it is {now} now, {days} days after the clock last worked ({last}): it waits for somebody"
        " to say that this is right",
    ),
}
