"""Why what people do is refused: reviewing, objecting, redeeming."""

ACTS = {
    # What a row lacks.
    "claim_unknown": ("没有编号为“{value}”的申报", "there is no claim “{value}”"),
    "person_unknown": (
        "没有编号为“{value}”的人员，请先登记",
        "there is no person “{value}”: add them first",
    ),
    "note_needed": ("不通过须说明理由", "a rejection needs a note that says why"),
    "note_needed_evidence": (
        "申报“{ref}”没有附依据，通过须在说明中写明理由",
        "claim “{ref}” came without evidence: an approval needs a note that says why",
    ),
    # What a claim rests on.
    "evidence_promise": ("以申报时的承诺为据", "the promise made with the claim"),
    "evidence_seen": ("现场所见", "seen on the spot"),
    "evidence_missing": ("没有附依据，通过须写明理由", "none attached: say why it passes"),
    "ballot_line": (
        "户号“{household}”{head}，{item}，{day}，{place}，{what}；依据：{evidence}",
        "household “{household}” {head}, {item}, {day}, {place}, {what}; evidence: {evidence}",
    ),
    "outcome_lacks": (
        "填写了处理结果，请同时填写处理人",
        "an outcome needs the person who decided it",
    ),
    "outcome_missing": (
        "填写了处理人或处理时间，但没有处理结果",
        "a person or time of decision is given, but no outcome",
    ),
    "outcome_early": ("处理时间早于提出时间", "it was decided before it was filed"),
    "joined_settled": (
        "{year} 年已结算，户号“{household}”的加入日期不能再改到或改离该年及以前",
        "{year} is settled: household “{household}” cannot join in it or before, nor be moved out"
        " of it",
    ),
    # What became of claims and objections.
    "approved": ("通过", "approved"),
    "rejected": ("不通过", "rejected"),
    "annulled": ("已撤销", "annulled"),
    "open": ("处理中", "open"),
    "upheld": ("成立", "upheld"),
    "dismissed": ("不成立", "dismissed"),
    # From when a community may run a ruleset.
    "start_early": (
        "{ruleset} 自 {first} 起施行，不能从 {day} 起采用",
        "{ruleset} takes effect on {first}: it cannot be adopted from {day}",
    ),
    "village_start_early": (
        "{name}自 {first} 起推行，不能从 {day} 起采用",
        "{name} starts on {first}, not on {day}",
    ),
    "start_unsaid": (
        "文件没有写明{name}的开始日期（{note}），请用 `--from` 写明",
        "the document does not say when {name} starts ({note}): give the day with `--from`",
    ),
    # What an objection is about.
    "entry_unknown": (
        "账本中没有第“{value}”条分录，请按积分卡上的序号填写，如 #17",
        "the ledger has no entry “{value}”: write its number as the card shows it, like #17",
    ),
    "notice_unknown": (
        "“{value}”的公示还没有发布",
        "no notice of {value} has been published",
    ),
    "objected_before": (
        "异议的时间早于“{about}”",
        "“{about}” was not there yet when the objection was filed",
    ),
    "objection_text": ("请写明异议内容", "say what the objection is"),
    "still_follows": (
        "按现有登记，细则仍然给出“{about}”这一结果：请先更正登记（如 jifen household change"
        " 更改加入日期），再记录异议成立",
        "by the register as it stands the rules still give “{about}”: put right what is wrong there"
        " first (e.g. `jifen household change --enrolled-on`), then uphold the objection",
    ),
    "upheld_reason": ("异议“{ref}”成立", "objection “{ref}” was upheld"),
    # Who may decide.
    "not_reviewer": (
        "{person}不是“{name}”这一层级的评议人",
        "{person} is not a reviewer at the stage {stage} ({name})",
    ),
    "barred": (
        "{person}须回避户号“{household}”：{why}",
        "{person} may not decide on household “{household}”: {why}",
    ),
    "own_household": ("这是其本户", "it is their own household"),
    "kin_household": ("该户登记为其亲属", "the household is registered as kin"),
    "own_area": (
        "实行交叉评议，{area}是其所在的组",
        "the scheme assesses crosswise, and {area} is their own area",
    ),
    # Decisions.
    "claim_decided": (
        "申报“{ref}”已评定为“{status}”，要改变请提出异议",
        "claim “{ref}” is already {status}: file an objection to change that",
    ),
    "other_stage": (
        "申报“{ref}”现由“{name}”评议，不由“{asked_name}”评议",
        "claim “{ref}” waits at the stage {stage}, not at {asked}",
    ),
    "decided_early": (
        "申报“{ref}”的提交时间晚于此评议时间",
        "claim “{ref}” was submitted after that decision",
    ),
    "noted_otherwise": (
        "{person}对申报“{ref}”已作此结论，但说明不同；已记录的说明不能修改",
        "{person} has decided claim “{ref}” so, with another note: what is recorded is not edited",
    ),
    "decided_otherwise": (
        "{person}对申报“{ref}”已有不同结论；结论不能修改，请提出异议",
        "{person} has already decided claim “{ref}” otherwise: a decision is not edited, file an"
        " objection",
    ),
    "only_reject": (
        "{year} 年已于 {day} 结算，申报“{ref}”不再计分，只能评为不通过",
        "{year} was settled on {day}: claim “{ref}” earns nothing any more and can only be"
        " rejected",
    ),
    # Objections.
    "claim_undecided": (
        "申报“{ref}”尚未评定，评定后方可提出异议",
        "claim “{ref}” is not decided yet: object once it is",
    ),
    "objected_early": (
        "申报“{ref}”的提交时间晚于此异议",
        "claim “{ref}” was submitted after that objection",
    ),
    "objections_closed": (
        "{year} 年已于 {day} 结算，不再受理异议",
        "{year} was settled on {day}: objections against it are closed",
    ),
    "objection_open": (
        "对申报“{claim}”的异议“{ref}”仍在处理中",
        "objection “{ref}” against claim “{claim}” is still open",
    ),
    "objection_unknown": (
        "{community}没有编号为“{ref}”的异议",
        "{community} has no objection “{ref}”",
    ),
    "no_second_level": (
        "{ruleset} 没有第二级：异议“{ref}”的处理结果就是最终结果",
        "{ruleset} names no second level: the outcome of “{ref}” stands",
    ),
    "at_second_level": (
        "异议“{ref}”已申请过复核",
        "objection “{ref}” has already been taken to the second level",
    ),
    "only_dismissed_goes_on": (
        "异议“{ref}”的状态是“{status}”：只有不成立的异议可以申请复核",
        "objection “{ref}” is {status}: only a dismissed one goes on",
    ),
    "appeal_settled": (
        "{year} 年已结算：异议“{ref}”不能再申请复核",
        "{year} is settled: objection “{ref}” cannot go on",
    ),
    "objection_ended": (
        "异议“{ref}”已处理为“{status}”；细则设有第二级的，可申请复核",
        "objection “{ref}” was {status}: where the scheme has a second level, use"
        " `jifen objection appeal`",
    ),
    "resolved_early": (
        "异议“{ref}”的提出时间晚于此处理时间",
        "objection “{ref}” was filed after that outcome",
    ),
    "not_investigator": (
        "{person}不是可以处理异议“{ref}”（第 {level} 级）的评议人",
        "{person} is not a reviewer who may investigate objection “{ref}” at level {level}",
    ),
    "judged_before": (
        "{person}评议过申报“{claim}”，异议“{ref}”须由其他评议人处理",
        "{person} has decided claim “{claim}” before: another reviewer must investigate objection"
        " “{ref}”",
    ),
    "points_cleared": (
        "{year} 年的积分已于 {day} 清零，不能再更正",
        "the points of {year} were cleared on {day}: they cannot be corrected any more",
    ),
    # Rehearsals.
    "not_a_rehearsal": (
        "这个数据库里的“{community}”不是演练建立的：演练请不写 --into，或另写一个新数据库的地址",
        "community “{community}” in that database was not made by a rehearsal: leave out --into,"
        " or name a new database",
    ),
    "not_a_rehearsals_file": (
        "这个数据库不是演练的数据库：演练请不写 --into，或另写一个新数据库的地址",
        "that database is not a rehearsal's: leave out --into, or name a new database",
    ),
    "installations_own": (
        "这是本机正式使用的数据库，演练不能在里面进行：请不写 --into，或另写一个新数据库的地址",
        "that is the installation's own database, where nothing is rehearsed: leave out --into, or"
        " name a new database",
    ),
    "rehearsed_by_other_rules": (
        "这个数据库里“{community}”是按另一版细则演练的：请不写 --into，或另写一个新数据库的地址",
        "“{community}” was rehearsed by other rules in that database: leave out --into, or name a"
        " new database",
    ),
    # What is printed.
    "no_printer": (
        "这台机器上没有打印组件（plutoprint）：请导出 html，用浏览器打印",
        "this machine has no printing component (plutoprint): export html, and print it from a"
        " browser",
    ),
    "no_chinese_font": (
        "没有找到可打印的中文字体：请安装一种（Debian：fonts-noto-cjk），或导出 html，用浏览器打印",
        "no Chinese font was found for printing: install one (Debian: fonts-noto-cjk), or export"
        " html and print it from a browser",
    ),
    "not_printed": (
        "有 {count} 个字印不出来（如“{characters}”）：请导出 html，用浏览器打印",
        "characters that would not be printed: {count} (such as “{characters}”): export html, and"
        " print it from a browser",
    ),
    "not_objectionable": (
        "细则规定“{item}”不受理异议",
        "the scheme takes no objection to item {item}",
    ),
    "was_ended": ("此前已登记；现状态为{status}", "it was there; it is {status} now"),
    "has_left": ("此前已登记；该户已于 {day} 退出", "it was there; the household left on {day}"),
}
