"""Why a cell or a row of a sheet is not taken: cells, items, households, days."""

SHEETS = {
    # Cells.
    "blank": ("此项必填，请填写", "this column must be filled in"),
    "control": (
        "含有不可见的控制字符，请删除后重新填写",
        "it contains invisible control characters: type it again",
    ),
    "formula_error": (
        "公式出错（{value}），请改为填写具体内容",
        "the cell's formula failed ({value}): write the value itself",
    ),
    "formula_unsaved": (
        "这一格是公式（{formula}），文件里没有算出的值：请用 Excel 或 WPS 打开、保存后再导入，"
        "或直接填写数值",
        "the cell is a formula ({formula}) whose value the file does not hold: open and save it in"
        " Excel or WPS, or write the value itself",
    ),
    "digits_lost": (
        "“{value}”：表格软件把长编号当成了数字，末几位已丢失，请把这一列设为文本格式后重新填写",
        "“{value}”: the spreadsheet took the long code for a number and lost its last digits: make"
        " the column text, retype it",
    ),
    "undecodable": (
        "文字已损坏，有无法识别的字，请重新填写",
        "the text is damaged: type it again",
    ),
    "private_use": (
        "含有不通用的字（{character}），别的电脑上显示不出来，请改用通用汉字重新填写",
        "it contains a character of private use ({character}), which other computers do not show:"
        " type it again with a standard one",
    ),
    "mojibake": (
        "文字是乱码“{value}”，其中有的字本来应为“{meant}”，请重新填写",
        "the text was wrongly decoded: “{value}” (part of it was “{meant}”): type it again",
    ),
    "percent": (
        "“{value}”是百分数，不是分值，请写出分数，如 7.5",
        "“{value}” is a percentage, not points: write the points, such as 7.5",
    ),
    "shown_otherwise": (
        "这一格显示为“{text}”，实际的值是 {value}，请改成同一个数",
        "the cell shows “{text}”, but its value is {value}: make them the same",
    ),
    "no_year": (
        "“{value}”没有年份，无法确定是哪一年，请写成 2026年3月5日",
        "“{value}” has no year, and which is meant is not sure: write 2026年3月5日",
    ),
    "short_year": (
        "“{value}”的年份请写全四位，如 2026-03-05",
        "write the year of “{value}” with four digits: 2026-03-05",
    ),
    "other_calendar": (
        "“{value}”不是公历日期，请写成公历，如 2026-03-05",
        "“{value}” is of another calendar: write the common date, such as 2026-03-05",
    ),
    "other_weekday": (
        "“{value}”的星期与日期不符：{day} 是星期{weekday}",
        "the weekday of “{value}” is not that of {day}, which is a 星期{weekday}",
    ),
    "invisible": (
        "编号含有看不见的字符，请删除后重新填写",
        "the code contains invisible characters: type it again",
    ),
    "no_code": (
        "“{value}”不能作编号：请填写真正的编号；没有编号而可以不填的，请留空",
        "“{value}” is no code: write the real one, or nothing where it may be left out",
    ),
    "no_name": (
        "“{value}”不是姓名或名称，请填写真正的姓名或名称",
        "“{value}” is no name: write the real one",
    ),
    "too_long": (
        "最多 {limit} 个字，现有 {length} 个，请缩短",
        "at most {limit} characters, and it has {length}: shorten it",
    ),
    "became_date": (
        "表格软件把编号变成了日期 {value}，请把这一列设为文本格式后重新填写",
        "the spreadsheet turned the code into the date {value}: make the column text, retype it",
    ),
    "not_flag": ("“{value}”不是“是”或“否”", "“{value}” is neither 是 (yes) nor 否 (no)"),
    "not_choice": ("“{value}”不在可选范围内，请填写：{choices}", "“{value}” is none of {choices}"),
    "not_date": (
        "“{value}”不是日期，请写成 2026-03-05 或 2026年3月5日",
        "“{value}” is not a date: write 2026-03-05 or 2026年3月5日",
    ),
    "no_such_day": (
        "没有“{value}”这一天：{year} 年 {month} 月只有 {days} 天",
        "there is no day “{value}”: {year}-{month} has {days} days",
    ),
    "no_such_month": (
        "“{value}”中的月份“{month}”不存在，请改为 1 至 12",
        "“{value}” names a month {month}: months are 1 to 12",
    ),
    "not_time": (
        "“{value}”不是时间，请写成 2026-03-05 18:30",
        "“{value}” is not a time: write 2026-03-05 18:30",
    ),
    "not_integer": ("“{value}”不是整数", "“{value}” is not a whole number"),
    "out_of_range": (
        "“{value}”超出范围，应为 {low} 至 {high}",
        "“{value}” is not from {low} to {high}",
    ),
    "not_points": (
        "“{value}”不是分值，最多两位小数",
        "“{value}” is not a number of points with at most two decimals",
    ),
    # What stands beside the rows.
    "aside_total": (
        "这一行像合计/落款，不是{what}，未录入：请删去这一行",
        "this row looks like a total or a signature, not like {what}: delete it",
    ),
    "aside_signature": (
        "这一行像合计/落款，不是{what}，未录入：请删去这一行",
        "this row looks like a total or a signature, not like {what}: delete it",
    ),
    "aside_example": (
        "这一行像填写示例，不是{what}，未录入：请删去这一行",
        "this row looks like an example of how to fill in the sheet, not like {what}: delete it",
    ),
    "row_of_households": ("农户", "a household"),
    "row_of_members": ("成员", "a member"),
    "row_of_claims": ("申报", "a claim"),
    "row_of_decisions": ("评议结论", "a decision"),
    "row_of_objections": ("异议", "an objection"),
    "row_of_redemptions": ("兑换", "a redemption"),
    "row_of_goods": ("物品", "goods"),
    "row_of_inspection": ("农户", "a household"),
    "row_of_survey": ("农户", "a household"),
    # Rows that have come before.
    "household_differs": (
        "户号“{ref}”已登记且内容不同，原记录未改动；户主、分组、电话等有变动的，请用"
        " jifen household change 更改",
        "household “{ref}” exists with other particulars and was left as it is: take up what is new"
        " with `jifen household change {word}`",
    ),
    # What looks like something that is there.
    "household_looks": (
        "户号“{value}”与已有 {near}（{head}）相近，未录入；确是另一户，请加一列“另一户”并填“是”",
        "the code “{value}” looks like {near} ({head}), which exists: for another household, add a"
        " column 另一户 and write 是 in it",
    ),
    "member_looks": (
        "成员编号“{value}”与该户已有 {near}（{name}）相近，未录入；"
        "确是另一人，请加一列“另一人”并填“是”",
        "the code “{value}” looks like the household's {near} ({name}): for another person, add a"
        " column 另一人 and write 是 in it",
    ),
    "goods_look": (
        "物品“{value}”与已有“{near}”相近，未录入；确是另一种，请加一列“另一种”并填“是”",
        "the goods “{value}” look like “{near}”, which exist: for other goods, add a column 另一种"
        " and write 是 in it",
    ),
    "notice_row": ("第{row}行：{why}", "row {row}: {why}"),
    "notice_span": (
        "从{first}到{last}不是一段假期：止日不早于起日，且不超过{most}天",
        "{first} to {last} is no holiday: it ends no earlier than it begins, and lasts {most} days"
        " at most",
    ),
    "other_content": (
        "编号“{ref}”已登记过且内容不同，原记录未改动；请换一个编号，或改回原内容",
        "“{ref}” exists with other content and was left as it is: use another code",
    ),
    "duplicate": (
        "同一户、同一项目、同一天、同一事项已有申报“{ref}”，请勿重复申报；"
        "确是另一次的，请填写“事项”加以区分；一次有多件的，请填写“次数”",
        "claim “{ref}” is for the same household, item, day and matter: claim once; for another"
        " occasion fill in the matter (事项), for several at once the quantity (次数)",
    ),
    "ref_too_long": (
        "由此生成的编号“{ref}”超过 {limit} 个字，请缩短户号",
        "the number “{ref}” made of it exceeds {limit} characters: shorten the household's code",
    ),
    # Households and members.
    "household_unknown": (
        "没有户号“{value}”，请核对或先导入农户",
        "there is no household “{value}”: import it first",
    ),
    "household_similar": (
        "没有户号“{value}”，是不是 {similar}？请核对",
        "there is no household “{value}”: did you mean {similar}?",
    ),
    "head_unknown": (
        "没有户主叫“{value}”的农户，请填写户号，或先导入农户",
        "no household is headed by “{value}”: write its code, or import it first",
    ),
    "head_ambiguous": (
        "户主叫“{value}”的不止一户，请填写户号或组：{codes}",
        "several households are headed by “{value}”: write the code, or the group: {codes}",
    ),
    "head_elsewhere": (
        "“{group}”没有户主叫“{value}”的农户，别处有：{codes}",
        "no household in “{group}” is headed by “{value}”; elsewhere: {codes}",
    ),
    "head_differs": (
        "户号“{household}”的户主是{head}，不是“{value}”，请核对",
        "household “{household}” is headed by {head}, not by “{value}”: check which is meant",
    ),
    "found_by_head": ("户主“{head}”即户号 {household}", "“{head}” heads household {household}"),
    "number_given": ("编号由系统编为 {ref}", "it was given the number {ref}"),
    "notes": ("{all}", "{all}"),
    "before_enrolled": (
        "发生日期 {day} 早于该户加入日期 {since}",
        "on {day} the household had not enrolled: it enrolled on {since}",
    ),
    "after_left": (
        "发生日期 {day} 在该户退出（{until}）之后",
        "on {day} the household had left: on {until}",
    ),
    "not_declared": (
        "该户尚未声明自愿参加，请先登记加入日期",
        "the household has not declared that it takes part: enter the day (enrolled_on) first",
    ),
    "outsider_consent": (
        "该户非本地户籍，尚未经社区同意参加",
        "the household is registered elsewhere, and the community has not agreed",
    ),
    "outsider_since": (
        "该户非本地户籍，且未登记居住起始日期",
        "the household is registered elsewhere, and since when it lives here is not known",
    ),
    "outsider_months": (
        "该户非本地户籍，自 {since} 起居住满期方可积分，发生日期为 {day}",
        "registered elsewhere, the household takes part from {since}, and this was on {day}",
    ),
    "member_unknown": (
        "户号“{household}”下没有成员“{value}”，请核对或先导入成员",
        "household “{household}” has no member “{value}”: import the members first",
    ),
    "member_needed": (
        "“{item}”按成员积分，请填写成员编号",
        "item {item} is a member's: name the member",
    ),
    # Items and values.
    "no_ruleset": (
        "{day} 时尚无生效的积分细则",
        "no ruleset is in force on {day}: adopt one from that date or earlier",
    ),
    "item_unknown": (
        "积分细则中没有项目“{value}”",
        "the ruleset has no item “{value}”: see `jifen ruleset show`",
    ),
    "item_similar": (
        "积分细则中没有项目“{value}”，相近的有：{similar}",
        "the ruleset has no item “{value}”; near: {similar}",
    ),
    "item_ambiguous": (
        "名为“{value}”的项目不止一个，请填写编码：{codes}",
        "several items are named “{value}”: write one of the codes {codes}",
    ),
    "item_no_value": ("项目“{item}”尚未确定分值，不能申报", "item {item} has no adopted value yet"),
    "item_base": (
        "项目“{item}”是基础积分，由系统自动登记，无需申报",
        "item {item} is given to every household when its period opens: it is not claimed",
    ),
    "item_not_graded": (
        "项目“{item}”不是评分项目，不能在检查表中登记",
        "item {item} is not graded by inspection",
    ),
    "quantity_one": (
        "项目“{item}”每次申报只计 1 次，请逐条申报",
        "item {item} counts once a claim: write one row for each",
    ),
    "score_needed": (
        "项目“{item}”按评分计，请填写评分（0 至 {high}）",
        "item {item} is graded: give a score from 0 to {high}",
    ),
    "score_unwanted": (
        "项目“{item}”不按评分计，请把评分留空",
        "item {item} is not graded: leave the score blank",
    ),
    "channel_unwanted": (
        "项目“{item}”不接受方式“{value}”，可用：{choices}",
        "item {item} is not collected by {value}: use {choices}",
    ),
    "evidence_needed": (
        "项目“{item}”须有依据，请填写依据",
        "item {item} needs evidence: fill it in",
    ),
    # Days and moments.
    "future_day": ("{day} 还没有到", "{day} is still to come"),
    "future_time": ("时间 {value} 还没有到", "the time {value} is still to come"),
    "year_settled": ("{year} 年已结算，不再受理", "{year} is settled: it takes no more claims"),
    "other_year": ("{value} 不在 {year} 年内", "{value} is not in {year}"),
    "after_end": (
        "{day} 在演练结束（{end}）之后，未办理",
        "{day} is after the rehearsal's end on {end}: nothing was done",
    ),
    "submitted_before": (
        "申报时间 {value} 早于发生日期 {day}",
        "it was submitted at {value}, before {day}",
    ),
    # Surveys.
    "survey_period": (
        "调查表要说明是哪个半年：请加上 --period 2026-H1",
        "a survey's sheet needs its half year: say --period 2026-H1",
    ),
    "not_drawn": (
        "户号“{household}”不是 {period} 抽取的调查户",
        "household “{household}” was not drawn for the survey of {period}",
    ),
    "survey_answered": (
        "户号“{household}”已有另外的作答：更正请用 `jifen survey correct`",
        "household “{household}” has answered otherwise: `jifen survey correct` corrects it",
    ),
    "survey_corrected": (
        "这一作答后来已更正，以更正为准",
        "this answer was corrected later: the correction stands",
    ),
    "discard_lacks": (
        "请写明由谁、为什么作废（--by，--why）",
        "say who discards it, and why (--by, --why)",
    ),
    "discard_what": (
        "请写明作废哪些行：--entry 登记号，或 --all-of 文件名",
        "say which rows: --entry NUMBER, or --all-of FILE",
    ),
    "discard_unknown": (
        "{community}的退回清单上没有登记号 {entry}",
        "{community} has no refused row with the entry number {entry}",
    ),
    "discard_corrected": (
        "登记号 {entry} 的行已改正并导入，不能作废",
        "the row with the entry number {entry} was corrected and taken in: it cannot be discarded",
    ),
    "discard_no_file": (
        "{community}的退回清单上没有文件“{file}”中待改正的行",
        "{community} has no refused row of the file “{file}” that waits",
    ),
    "survey_unanswered": ("三项都没有填写，不计入", "no question is answered: not counted"),
    # Inspection sheets.
    "column_no_item": (
        "{where}：{taken}，其中的列“{head}”：{why}",
        "{where}: {taken}; column “{head}”: {why}",
    ),
    "item_twice": (
        "{where}：{taken}，其中项目“{item}”有两列，请只留一列",
        "{where}: {taken}; it has the item {item} twice: leave one column",
    ),
    "period_needed": (
        "检查表要说明期间：请加上 --period 2026-03 或 2026-Q1",
        "an inspection sheet needs its period: say --period 2026-03 or 2026-Q1",
    ),
    "period_kind": (
        "入户检查按月或按季度，不能是 {period}",
        "an inspection is of a month or a quarter, not of {period}",
    ),
    "period_early": (
        "{period} 还没有开始，请检查之后再录入",
        "{period} has not begun: enter its inspection once it has been made",
    ),
    "period_in_name": (
        "{file}：检查表的期间写在文件名里，请改名为 inspection-2026-03.xlsx 这样",
        "{file}: an inspection's period is in its name: call it inspection-2026-03.xlsx",
    ),
    "other_period": ("“{value}”不是月份或季度", "“{value}” is not a month or quarter"),
    "period_ahead": ("{period} 还没有开始", "{period} has not begun"),
}
