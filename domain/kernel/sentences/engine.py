"""Why the flow engine cannot be used: what operators read."""

ENGINE = {
    "service_runs_here": (
        "这个目录里已有 `jifen up` 在运行：{url}",
        "`jifen up` already runs in this folder: {url}",
    ),
    "engine_silent": (
        "Prefect服务没有应答：请启动它，或更正JIFEN_PREFECT_API_URL",
        "the Prefect server does not answer: start it, or correct JIFEN_PREFECT_API_URL",
    ),
    "engine_of_service_silent": (
        "这个目录里的 `jifen up`（{url}）没有应答：请看{folder}里的日志",
        "the `jifen up` of this folder ({url}) does not answer: see the logs in {folder}",
    ),
    "engine_not_started": (
        "本机的Prefect服务没有启动成功：请看{log}",
        "the local Prefect server did not start: see {log}",
    ),
    "redis_part_missing": (
        "多台Prefect服务共用Redis需要另装软件包：`pip install --no-deps --require-hashes -r"
        " config/locks/redis.lock`",
        "several Prefect servers over Redis need another package: `pip install --no-deps"
        " --require-hashes -r config/locks/redis.lock`",
    ),
    "engine_database_broken": (
        "Prefect自己的数据库已损坏：请把{database}移走再启动（其中没有积分）",
        "Prefect's own database is damaged: move {database} away and start again"
        " (no points are in it)",
    ),
    "engine_secret_missing": (
        "Prefect服务（{url}）要求口令，即它运行处的var/prefect/{file}中的一行：请写进"
        "JIFEN_PREFECT_API_URL（http://jifen:口令@主机:端口/api）",
        "the Prefect server at {url} asks for its secret, the line in var/prefect/{file} where it"
        " runs: give it in JIFEN_PREFECT_API_URL (http://jifen:SECRET@host:port/api)",
    ),
    "engine_secret_wrong": (
        "Prefect服务（{url}）不认这个口令：口令是它运行处的var/prefect/{file}中的一行",
        "the Prefect server at {url} does not take our secret: it is the line in"
        " var/prefect/{file} where the server runs",
    ),
    "engine_secret_unusable": (
        "{file}里没有可用的口令：请删除它，再启动一次",
        "{file} holds no usable secret: delete it and start again",
    ),
    "engine_name_unknown": (
        "{url}的Prefect服务不认主机名“{host}”：启动时请加上 `jifen server --name {host}`",
        "the Prefect server at {url} does not go by the name “{host}”: start it with"
        " `jifen server --name {host}`",
    ),
}
