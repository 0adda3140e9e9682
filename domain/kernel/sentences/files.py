"""Why a file as a whole cannot be taken as a sheet, and what was passed over in it."""

_SAVE = "请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入"
_SAVE_EN = "open it in Excel or WPS, save it as .xlsx and import that"

FILES = {
    # What the file is.
    "file_is": ("文件 {file}：{what}", "{file}: {what}"),
    "kind_page": (
        f"这是网页（HTML），不是表格文件；{_SAVE}",
        f"it is a web page (HTML); {_SAVE_EN}",
    ),
    "kind_xml_sheet": (
        f"这是 XML 格式的旧表格（Excel 2003 XML），不能直接读取；{_SAVE}",
        f"it is a sheet in XML (Excel 2003), which cannot be read; {_SAVE_EN}",
    ),
    "kind_xml": (f"这是 XML 文件，不是表格文件；{_SAVE}", f"it is XML and no sheet; {_SAVE_EN}"),
    "kind_xls": (
        f"这是旧格式的表格（.xls 或 .et），不能直接读取；{_SAVE}",
        f"it is an old workbook (.xls or .et), which cannot be read; {_SAVE_EN}",
    ),
    "kind_xlsb": (
        f"这是二进制表格（.xlsb），不能直接读取；{_SAVE}",
        f"it is a binary workbook (.xlsb), which cannot be read; {_SAVE_EN}",
    ),
    "kind_locked": (
        "这个表格设了打开密码；请用 Excel 或 WPS 打开，去掉密码，另存为 .xlsx 后再导入",
        "it is protected by a password: open it, save it as .xlsx without a password and import"
        " that",
    ),
    "kind_other_sheet": (
        f"这是其他软件的表格格式，不能直接读取；{_SAVE}",
        f"it is a sheet of another program, which cannot be read; {_SAVE_EN}",
    ),
    "kind_document": (
        "这是文字文档（Word 或 WPS 文字），不是表格；请把其中的表格复制到 Excel 或 WPS 表格，"
        "另存为 .xlsx 后再导入",
        "it is a text document: copy its table into Excel or WPS, save that as .xlsx and import it",
    ),
    "kind_slides": (
        "这是演示文稿，不是表格；请把其中的表格复制到 Excel 或 WPS 表格，另存为 .xlsx 后再导入",
        "it is a presentation: copy its table into Excel or WPS, save that as .xlsx and import it",
    ),
    "kind_pdf": (
        "这是 PDF 文件，不是表格；请找到原来的表格，用 Excel 或 WPS 打开，另存为 .xlsx 后再导入",
        "it is a PDF: find the sheet that it was made from, save that as .xlsx and import it",
    ),
    "kind_picture": (
        "这是图片，不是表格；请把内容录入 Excel 或 WPS 表格，另存为 .xlsx 后再导入",
        "it is a picture: type its table into Excel or WPS, save that as .xlsx and import it",
    ),
    "kind_archive": (
        "这是压缩包，不是表格；请先解压，用 Excel 或 WPS 打开里面的表格，另存为 .xlsx 后再导入",
        "it is an archive: unpack it, save the sheet in it as .xlsx and import that",
    ),
    "kind_database": (
        "这是数据库文件，不是表格；请从原来的软件导出 .xlsx 后再导入",
        "it is a database: export an .xlsx sheet from the program that it belongs to",
    ),
    "kind_unknown": (
        f"这不是表格，也不是 UTF-8 或 GB18030 编码的文字；{_SAVE}",
        f"it is neither a spreadsheet nor text in UTF-8 or GB18030; {_SAVE_EN}",
    ),
    # What is wrong with it.
    "file_unreadable": ("{file} 无法读取：{why}", "{file} cannot be read: {why}"),
    "file_big": (
        "{file} 有 {size} MiB，最多 {limit} MiB；请拆成几个文件",
        "{file} has {size} MiB, and {limit} MiB is the most: split it into several files",
    ),
    "file_empty": (
        "{where} 是空的：要有一行表头，下面逐行填写",
        "{where} is empty: it needs a header and rows",
    ),
    "file_damaged": (
        f"{{file}} 已损坏，或不是 Excel 表格；{_SAVE}",
        f"{{file}} is damaged or not an Excel workbook; {_SAVE_EN}",
    ),
    "file_cells": (
        "{file}里的单元格或文字太多：请删去空白的行列和重叠的合并单元格，或分成几个文件",
        "{file} has too many cells or too much text: remove blank rows and columns and merged"
        " cells that lie on one another, or part it into several files",
    ),
    "file_sheets": (
        "{file} 有 {count} 个工作表，最多 {limit} 个；请拆成几个文件",
        "sheets in {file}: {count}, and {limit} is the most; split it into several files",
    ),
    "cell_long": (
        "{file} 有一格超过 {limit} 个字；请缩短后再导入",
        "{file} has a cell of more than {limit} characters: shorten it",
    ),
    "file_unpacks": (
        "{file} 解开后超过 {limit} MiB；请拆成几个文件",
        "{file} unpacks to more than {limit} MiB: split it into several files",
    ),
    "cell_far": (
        "{file} 的单元格 {cell} 超出 {rows} 行、{columns} 列；请删去表格以外的内容，或拆成几个文件",
        "{file} has a cell {cell}, beyond {rows} rows and {columns} columns: delete what is not"
        " part of the table, or split the file",
    ),
    "too_many_rows": (
        "{where} 超过 {limit} 行；请拆成几个文件",
        "{where} has more than {limit} rows: split it into several files",
    ),
    "too_many_columns": (
        "{where} 超过 {limit} 列；请删去多余的列",
        "{where} has more than {limit} columns: delete the others",
    ),
    "not_csv": (
        "{file} 第 {line} 行不合 CSV 格式（{why}）；请检查引号是否成对",
        "{file}: line {line} is not CSV ({why}): check its quotation marks",
    ),
    "line_wide": (
        "{file} 第 {line} 行有 {columns} 列；请检查分隔符",
        "{file}: line {line} has {columns} columns: check its delimiters",
    ),
    "line_long": (
        "{file} 第 {line} 行有一格超过 {limit} 个字；请缩短，或补上缺少的引号",
        "{file}: line {line} has a cell of more than {limit} characters: shorten it, or close its"
        " quotation marks",
    ),
    "lines_in_gbk": (
        "{file} 是 UTF-8 编码，但第 {lines} 行是别的编码（多半是 GBK），会变成乱码；请用 Excel 或"
        " WPS 重新录入这些行，另存为 .xlsx 后再导入",
        "{file} is in UTF-8, but line {lines} is not (probably GBK): retype it, save the file as"
        " .xlsx and import that",
    ),
    "lines_in_utf8": (
        "{file} 是 GBK 编码，但第 {lines} 行是 UTF-8 编码，会变成乱码；请用 Excel 或 WPS"
        " 重新录入这些行，另存为 .xlsx 后再导入",
        "{file} is in GBK, but line {lines} is in UTF-8: retype it, save the file as .xlsx and"
        " import that",
    ),
    "lines_broken": (
        "{file} 第 {lines} 行的文字编码已损坏；请用 Excel 或 WPS 重新录入这些行，另存为 .xlsx"
        " 后再导入",
        "{file}: the text of line {lines} is damaged: retype it, save the file as .xlsx and import"
        " that",
    ),
    # Its heading.
    "in_file": ("文件 {file}", "{file}"),
    "in_sheet": ("{file} 的工作表“{sheet}”", "{file}, sheet {sheet}"),
    "heading_row": ("第 {rows} 行被当作表头", "row {rows} was taken as the header"),
    "headless_column": (
        "{where}：{taken}，{column} 列有内容而没有列名；请写上列名，或清空这一列",
        "{where}: {taken}; column {column} has values but no heading: name or empty it",
    ),
    "heading_formula": (
        "{where}：{taken}，其中有公式（{formula}），文件里没有算出的值：请用 Excel 或 WPS 打开、"
        "保存后再导入，或直接写上列名",
        "{where}: {taken}; it has a formula ({formula}) whose value the file does not hold: open"
        " and save it in Excel or WPS, or write the heading itself",
    ),
    "unknown_columns": (
        "{where}：{taken}，其中没有这样的列：{heads}；可用的列：{columns}",
        "{where}: {taken}; there is no column {heads}: known are {codes}",
    ),
    "columns_twice": (
        "{where}：{taken}，{heads} 有两列，请只留一列",
        "{where}: {taken}; it has {heads} twice: leave one of the columns",
    ),
    "columns_missing": (
        "{where}：{taken}，缺少列：{columns}；请在表头中补上",
        "{where}: {taken}; it lacks the column {codes}: add it to the header",
    ),
    "not_a_kind": (
        "“{value}”不是可导入的表；可选：{choices}",
        "“{value}” is not a kind of file: choose from {choices}",
    ),
    # What was passed over.
    "sheet_passed": ("未导入 {why}", "passed over {why}"),
    "sheet_hidden": (
        "工作表“{sheet}”已隐藏，未导入",
        "sheet {sheet} is hidden: it was passed over",
    ),
    "sheet_of_other": (
        "工作表“{sheet}”不是这一类的表，未导入",
        "sheet {sheet} is of another kind: it was passed over",
    ),
    "sheet_of_other_period": (
        "工作表“{sheet}”不是 {period} 的，未导入",
        "sheet {sheet} is not of {period}: it was passed over",
    ),
    "rows_hidden": (
        "{where}：其中 {count} 行在表里被隐藏（筛选或手工），也已导入（第 {rows} 行）",
        "{where}: rows that are hidden, by a filter or by hand, were taken in as well: {count}"
        " (row {rows})",
    ),
}
