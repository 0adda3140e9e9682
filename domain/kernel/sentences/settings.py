"""Why a setting, or a rehearsal's folder, cannot be used."""

SETTINGS = {
    # `jifen.toml` and the variables.
    "setting_unusable": ("{where} 不能用：{why}", "{where} cannot be used: {why}"),
    "setting_in_file": ("{file} 中的“{key}”", "“{key}” in {file}"),
    "settings_unknown": (
        "{file} 里没有 {keys} 这样的设置：可用的有 {known}",
        "{file} has no setting {keys}: there are {known}",
    ),
    "settings_no_toml": ("{file} 不合 TOML 格式：{why}", "{file} is not valid TOML: {why}"),
    "settings_unreadable": (
        "{file} 无法读取：应为 UTF-8 编码的文本文件",
        "{file} cannot be read: it must be a text file in UTF-8",
    ),
    "option_is": ("{option} 不能用：{why}", "{option} is {why}"),
    "no_database_url": (
        "应为数据库地址，如 postgresql+psycopg://…",
        "not a database URL such as postgresql+psycopg://…",
    ),
    "sqlite_needs_file": (
        "SQLite 要写明文件：sqlite:////folder/jifen.db",
        "SQLite needs a file: sqlite:////folder/jifen.db",
    ),
    "no_web_address": (
        "应为网址，如 http://127.0.0.1:4200/api",
        "not a web address such as http://127.0.0.1:4200/api",
    ),
    "no_redis_address": (
        "应为 Redis 的地址，如 redis://:密码@10.0.0.5:6379/0",
        "not the address of a Redis such as redis://:PASSWORD@10.0.0.5:6379/0",
    ),
    "no_public_address": (
        "应为可以公开的网址，如 https://gs.example.cn/jifen",
        "not a public address such as https://gs.example.cn/jifen",
    ),
    "no_json_table": (
        '应为 JSON，如 {{"wecombot": "http://10.0.0.5"}}',
        'not JSON such as {{"wecombot": "http://10.0.0.5"}}',
    ),
    "no_apprise_urls": (
        "每一个都应为 Apprise 地址，如 wecombot://…",
        "each must be an Apprise URL such as wecombot://…",
    ),
    "token_short": (
        "口令至少要 {least} 个字符",
        "a token needs at least {least} characters",
    ),
    "key_weak": (
        "密钥要 32 个随机字节：请填 `openssl rand -hex 32` 的输出",
        "a key needs 32 random bytes: write what `openssl rand -hex 32` prints",
    ),
    "links_need_tls": (
        "链接是秘密：地址须以 https:// 开头",
        "the links are secrets: the address must begin with https://",
    ),
    "links_need_key": (
        "链接要用 desk_key 签名：openssl rand -hex 32",
        "the links need a desk_key to be signed with: openssl rand -hex 32",
    ),
    # What the library finds wrong, in Chinese by the name of the fault.
    "value_literal_error": ("可选 {choices}", "{message}"),
    "value_int_parsing": ("应为整数", "{message}"),
    "value_float_parsing": ("应为数字", "{message}"),
    "value_greater_than_equal": ("应不小于 {least}", "{message}"),
    "value_time_parsing": ("应为时间，如 21:00", "{message}"),
    "value_int_type": ("应为整数", "{message}"),
    "value_int_from_float": ("应为整数", "{message}"),
    "value_float_type": ("应为数字", "{message}"),
    "value_less_than_equal": ("应不大于 {most}", "{message}"),
    "value_bool_type": ("应为 true 或 false", "{message}"),
    "value_bool_parsing": ("应为 true 或 false", "{message}"),
    "value_tuple_type": ("应为列表，写在方括号里", "{message}"),
    "value_list_type": ("应为列表，写在方括号里", "{message}"),
    "value_dict_type": ("应为键和值", "{message}"),
    "value_model_type": ("应为键和值", "{message}"),
    "value_path_type": ("应为路径", "{message}"),
    "value_date_type": ("应为日期，如 2026-01-31", "{message}"),
    "value_date_parsing": ("应为日期，如 2026-01-31", "{message}"),
    "value_date_from_datetime_parsing": ("应为日期，如 2026-01-31", "{message}"),
    "value_time_type": ("应为时间，如 21:00", "{message}"),
    "value_unfit": ("写法不对", "{message}"),
    # TOML.
    "toml_encoding": ("不是 UTF-8 编码；请另存为 UTF-8", "{words}"),
    "toml_unended": ("文件末尾没有写完", "{words}"),
    "toml_at": ("第 {line} 行第 {column} 列写法不对", "{words}"),
    "value_string_type": ("应为文字", "{message}"),
    # A rehearsal's folder.
    "folder_is_none": (
        "{folder} 不是文件夹：请给出含有 community.toml 的文件夹",
        "{folder} is not a folder: give a folder with a community.toml",
    ),
    "folder_no_toml": (
        "{folder} 里没有 community.toml：见 `jifen rehearse --help`",
        "{folder} has no community.toml: see `jifen rehearse --help`",
    ),
    "folder_toml_faults": ("{file}：{faults}", "{file}: {faults}"),
    "folder_key_unknown": ("{where} 不认识：请删去", "{where} is unknown: leave it out"),
    "folder_key_missing": ("缺少 {where}", "{where} is missing"),
    "folder_key_wrong": ("{where} 不对：{why}", "{where} {why}"),
    "folder_lacks": (
        "{folder} 里没有 {kind}.csv 或 {kind}.xlsx",
        "{folder} has no {kind}.csv or {kind}.xlsx",
    ),
    "folder_year_early": (
        "{file}：{ruleset} 自 {day} 起施行，请选 {year} 年以后的年份",
        "{file}: {ruleset} takes effect on {day}: choose a later year than {year}",
    ),
    "folder_stage_unknown": (
        "{file}：评议人 {reviewer}：{ruleset} 没有“{value}”这一层级：可选 {choices}",
        "{file}: reviewer {reviewer}: “{value}” is not a stage of {ruleset}: choose from {choices}",
    ),
    "folder_has_both": (
        "{folder} 里既有 {one} 又有 {other}：请只留一个",
        "{folder} has both {one} and {other}: keep one",
    ),
    "folder_misnamed": (
        "{file} 用这个名字不会被读取：请改名为 {meant}，或从文件夹中移走",
        "{file} is not used under this name: call it {meant}, or take it out of the folder",
    ),
    "folder_inspection": (
        "{file}：检查表的期间写在文件名里，请改名为 {meant}",
        "{file}: an inspection's period is in its name: call it {meant}",
    ),
    "folder_file": ("{file}：{why}", "{file}: {why}"),
    "folder_entry": ("community.toml 的 {entry}：{why}", "community.toml, {entry}: {why}"),
    "nothing_cleared": ("没有可清零的积分", "nothing was cleared"),
}
