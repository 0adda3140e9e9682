"""Why a command cannot be carried out as it was given."""

COMMANDS = {
    # Which community.
    "no_community_yet": (
        "还没有社区（村）：见 `jifen community add --help`",
        "there is no community yet: `jifen community add --help`",
    ),
    "several_communities": (
        "有几个社区（村）：请用 --community 写明是哪一个",
        "there are several communities: name one with --community",
    ),
    "publication_unset": (
        "请写明要设置什么：--web-list、--public-days 或 --complaints",
        "say what to set: --web-list, --public-days or --complaints",
    ),
    # Steps.
    "force_needs_both": (
        "强行结算须同时写明 --force-by 和 --reason",
        "to settle in spite of blockers give both --force-by and --reason",
    ),
    "step_unknown": (
        "{process} 没有“{step}”这一步：可选 {choices}",
        "{process} has no step “{step}”: choose from {choices}",
    ),
    "audits_monthly": (
        "{community}按月审核：请写明月份，如 {month}",
        "{community} audits every month: name one, such as {month}",
    ),
    "step_failed": ("{community}：{why}", "{community}: {why}"),
    # Claims, cards, notices.
    "claim_ambiguous": (
        "有几个社区（村）都有申报“{ref}”：请用 --community 写明是哪一个",
        "several communities have a claim “{ref}”: name one with --community",
    ),
    "ledger_broken": (
        "{community}的账本在 {journal} 处对不上：{problem}；请与已公示的校验码核对",
        "the ledger of {community} does not hold at {journal}: {problem}; compare with the seals on"
        " the published notices",
    ),
    "card_of_whom": ("请写明户号，或写 --all", "name households, or say --all"),
    "card_out_form": (
        "请用 --format 写明文件的格式",
        "say with --format what to write into the file",
    ),
    "notice_missing": (
        "{community}没有公示 {kind} {key}：请看 `jifen notice list`",
        "{community} has no notice {kind} {key}: see `jifen notice list`",
    ),
    "notice_kind_pageless": (
        "没有“{kind}”这一类公示的页面",
        "there is no page for a notice of the kind “{kind}”",
    ),
    "not_published_web": (
        "{community}的公示没有发布成功：{why}",
        "{community} could not be published: {why}",
    ),
    "out_not_xlsx": ("{file}：请写一个 .xlsx 文件名", "{file}: name an .xlsx file"),
    # Messages.
    "person_unreachable": (
        "{person}没有通知地址：请用 `jifen person add {ref} … --notify URL` 登记",
        "{person} has no address: `jifen person add {ref} … --notify URL`",
    ),
    "trial_refused": (
        "{addresses} 不收：请用 `jifen person add {ref} … --notify URL` 更正地址",
        "{addresses} did not accept it: correct the address with"
        " `jifen person add {ref} … --notify URL`",
    ),
    "nobody_to_try": (
        "{people} 没有可试的通知地址：请用 `jifen person add CODE … --notify URL` 登记",
        "{people} have no address to try: `jifen person add CODE … --notify URL` gives one",
    ),
    "address_refused": (
        "第 {number} 个地址 {address}：{why}",
        "address {number}, {address}, {why}",
    ),
    "all_of": ("{all}", "{all}"),
    # Status.
    "status_alarming": ("{counts}：{advice}", "{counts}: {advice}"),
    "doctor_found": (
        "{count}项检查不合格：{advice}",
        "probes that fail: {count}; {advice}",
    ),
    "counted_stalled": ("停摆 {count}", "{count} stalled"),
    "counted_failed": ("失败 {count}", "{count} failed"),
    "counted_dead": ("未送达 {count}", "{count} dead"),
    "counted_late": ("逾期 {count}", "{count} late"),
    "counted_risk": ("隐患 {count}", "{count} at risk"),
    "counted_held": ("已暂停 {count}", "{count} held"),
    "counted_blocked": ("受阻 {count}", "{count} blocked"),
    "counted_waiting": ("待办 {count}", "{count} waiting"),
    # Texts.
    "texts_wrong": (
        "有 {count} 个文本要改，第一个是 {template}：{why}",
        "texts that need a change: {count}; the first is {template}: {why}",
    ),
    "template_unknown": (
        "没有文本 {name}：请看 `jifen template list`",
        "there is no template {name}: see `jifen template list`",
    ),
    "template_missing": ("没有文本 {name}", "there is no template {name}"),
    "template_fails": ("文本 {name} 出错：{why}", "template {name} fails: {why}"),
    "catalogue_lacks": (
        "{language} 的词表里没有 {group}.{key}",
        "the catalogue {language} does not name {group}.{key}",
    ),
    "catalogue_places": (
        "{language} 的词表里写的是“{form}”，其中只能填 {places}",
        "the catalogue {language} has “{form}”, where only {places} can be filled in",
    ),
    "catalogue_no_groups": (
        "{file} 不能用：里面应像自带的词表那样分组写名称",
        "{file} cannot be read: it must hold names by group, as ours does",
    ),
    "catalogue_place": ("{file}：“{group}”", "{file}: “{group}”"),
    "catalogue_unlike": (
        "{place} 不能用：写法应与自带的词表相同",
        "{place} cannot be read: it must be like ours",
    ),
    "catalogue_entries": (
        "{place} 不能用：应有 {count} 项",
        "{place} cannot be read: its entries must be as many as ours, {count}",
    ),
}
