"""The State Council's notice as one sheet, taken in by a command."""

import json
from pathlib import Path

from tests.console.office import jifen

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知,,,
日期,至,安排,节日
2027-01-01,2027-01-03,放假,元旦
2027年1月9日,,上班,元旦补班
"""


def test_a_notice_is_taken_in_whole_or_not_at_all(tmp_path: Path) -> None:
    add = ("community", "add", "ma", "--name", "马鞍社区", "--town", "马鞍街道", "--ruleset")
    jifen("init", cwd=tmp_path)
    jifen(*add, "fuling-maan-2022", cwd=tmp_path)
    sheet = tmp_path / "放假.csv"
    sheet.write_text(NOTICE.replace("2027-01-03", "2027-12-31"), "utf-8")
    said = jifen("town", "import", str(sheet), cwd=tmp_path, code=2)
    assert "第3行：从2027-01-01到2027-12-31不是一段假期" in said.stderr
    sheet.write_text(NOTICE.replace("上班", "加班"), "utf-8")
    said = jifen("town", "import", str(sheet), cwd=tmp_path, code=2)
    assert "第4行" in said.stderr
    sheet.write_text(NOTICE, "utf-8")
    said = jifen("town", "import", str(sheet), "--json", cwd=tmp_path)
    taken = {"communities": 1, "steps_moved": 0, "already": False}
    assert json.loads(said.stdout) == taken
    said = jifen("town", "import", str(sheet), "--json", cwd=tmp_path)
    assert json.loads(said.stdout) == taken | {"already": True}
