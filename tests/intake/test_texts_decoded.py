"""Text is what somebody wrote: mixed encodings, mojibake and private characters are refused."""

from pathlib import Path

import pytest

from domain.intake.cells import BadCell, Text
from domain.intake.fitting import words_of
from domain.kernel.errors import BadSheet
from domain.sheets.private_use import STANDARD, without_private_use
from domain.sheets.reading import read_table
from domain.store.tables.people import Household, Member
from tests.intake.desk import Desk

HEAD = "ref,household,reason\n"
LINES = ["C1,H1,帮邻居收谷子", "C2,H2,清扫村口", "C3,H3,护林防火巡逻"]


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(BadSheet) as caught:
        read_table(path, words_of("claims"))
    assert "另存为 .xlsx" in str(caught.value)
    return caught.value.why.code + " " + str(caught.value.why.values.get("lines", ""))


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_line_of_gbk_in_utf8(tmp_path: Path, at: int, bom: bytes) -> None:
    lines = [line.encode("gbk" if place == at else "utf-8") for place, line in enumerate(LINES)]
    data = bom + HEAD.encode() + b"\n".join(lines)
    assert refusal(tmp_path / "a.csv", data) == f"lines_in_gbk {at + 2}"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_line_of_utf8_in_gbk(tmp_path: Path, at: int) -> None:
    lines = [line.encode("utf-8" if place == at else "gbk") for place, line in enumerate(LINES)]
    data = HEAD.encode() + b"\r\n".join(lines)
    assert refusal(tmp_path / "a.csv", data) == f"lines_in_utf8 {at + 2}"


def test_one_line_of_each_is_a_line_of_gbk(tmp_path: Path) -> None:
    data = HEAD.encode() + LINES[0].encode() + b"\n" + LINES[1].encode("gbk")
    assert refusal(tmp_path / "a.csv", data) == "lines_in_gbk 3"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_damaged_byte(tmp_path: Path, encoding: str) -> None:
    data = (HEAD + "\n".join(LINES)).encode(encoding)
    place = data.index("村".encode(encoding))
    assert (
        refusal(tmp_path / "a.csv", data[:place] + b"\xff" + data[place + 1 :]) == "lines_broken 3"
    )


def test_a_short_name_that_may_be_read_either_way_goes_with_the_others(tmp_path: Path) -> None:
    """路 in GBK is a valid character of two bytes in UTF-8, too."""
    (tmp_path / "a.csv").write_bytes("户号,户主\nH1,路\nH2,王大路\n".encode("gbk"))
    assert read_table(tmp_path / "a.csv").rows[0][1] == ("H1", "路")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf16_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    text = "户号\t户主\t组\r\nH1\t一丁\t一组\r\nH2\t王（二）\t三组\r\n"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert read_table(tmp_path / "a.txt").rows[0][1] == ("H1", "一丁", "一组")


def test_zeroes_that_are_no_utf16(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.csv", b"ref,household\n1,\0\0\0\0\x01\x02\0") == "file_is "


def test_private_characters_that_a_standard_has_placed() -> None:
    assert without_private_use("\ue863某\ue81e\ue7c7") == "䶮某龴ḿ"
    assert Text(9)("\ue863某") == Text(9, code=True)("\ue863某") == "䶮某"
    assert len(STANDARD) == 106
    assert not any(0xE000 <= code <= 0xF8FF for code in STANDARD.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\ue000某", "private_use"),
        ("王\uf8ff", "private_use"),
        ("王\U000f0001", "private_use"),
        ("\ufffd某", "undecodable"),
        ("锟斤拷小明", "undecodable"),
        ("a\x85b", "control"),
        ("王\x9f", "control"),
        ("帮邻居收谷子".encode().decode("gbk", "ignore"), "mojibake"),
        ("清扫村口".encode().decode("latin-1").replace("\x85", "…"), "control"),
        ("锘挎埛鍙", "undecodable"),
        ("????", "undecodable"),
        ("？？？", "undecodable"),
        ("锟斤", "undecodable"),
        ("拷锟斤", "undecodable"),
        ("ï»¿王", "undecodable"),
        ("王秀英".encode("gbk").decode("latin-1"), "mojibake"),
        ("张婷".encode("gbk").decode("latin-1"), "mojibake"),
        ("帮邻居，收谷子。".encode("gbk").decode("latin-1"), "mojibake"),
        ("参加清扫".encode().decode("cp1252", "ignore"), "mojibake"),
    ],
)
def test_texts_that_nobody_wrote(text: str, code: str) -> None:
    for parser in (Text(200), Text(200, code=True)):
        with pytest.raises(BadCell) as caught:
            parser(text)
        assert caught.value.why.code == code
        assert parser.whole(("a", text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "𠮷喜田",
        "㛃如",
        "䶮恒",
        "阿不都热合曼·买买提",
        "阿依古丽•吐尔逊",
        "李璇琛",
        "张璐瑾",
        "淅沥村板报",
        "3.5℃",
        "½",
        "café",
        "Ä",
        "ǹ",
        "〇",
        "鳯",
        "“引号”",
        "—",
        "①②③",
        "㎡",
        "（二）",
        "é à ü",
        "为什么没有积分?",
        "真的吗??",
        "村口?南边",
        "水烫烫的",
        "××××",
        "王·××××",
        "½¼¾½",
        "±0.5",
        "naïve café",
        "锘",
        "5公斤",
    ],
)
def test_texts_that_people_do_write(text: str) -> None:
    assert Text(99)(text)


def test_common_names_are_no_mojibake() -> None:
    """No name of one of these surnames and two of the most used characters is taken for it."""
    common = [
        bytes((first, second)).decode("gb2312")
        for first in range(0xB0, 0xB8)
        for second in range(0xA1, 0xFF, 5)
    ]
    for surname in "王李张刘陈杨黄赵周吴璇琛璐瑾栾":
        for first in common:
            Text(9)(surname + first + common[len(first) % len(common)])


@pytest.mark.parametrize(
    "name",
    [
        "????",
        "??",
        "王??",
        "王?",
        "?小明",
        "烫烫",
        "屯屯屯",
        "烫烫烫烫",
        "锟斤拷",
        "斤拷",
        "锘挎埛鍙",
        "ÍõÐãÓ¢",
        "鐜嬬鑻�",
    ],
)
def test_names_that_were_lost(desk: Desk, name: str) -> None:
    before = desk.count(Household), desk.count(Member)
    assert desk.bring("households", "户号 户主", [["H9", name]])[0].why is not None
    assert desk.bring("members", "户号 成员编号 姓名", [["H1", "1", name]])[0].why is not None
    assert (desk.count(Household), desk.count(Member)) == before


def test_a_question_in_a_reason_or_place_is_taken(desk: Desk) -> None:
    assert not desk.claim(reason="谁扫的?", place="村口?").faults
    assert not desk.bring("goods", "物品 标价", [["什么?本", 5]])[0].faults
