"""The benchmark's two sides agree: a third, independent reading of 宝山's rules, in SQL."""

from pathlib import Path

import polars as pl

from domain.rules.layers import caps_in_order
from domain.rules.load import shipped
from tests.bench.scoring import RULESET, Floor, Ours, assert_equal, write_claims


def test_sql_and_evaluator_agree_and_every_rule_bites(tmp_path: Path) -> None:
    write_claims(tmp_path / "claims.parquet", communities=20)
    for side in (Ours(tmp_path), Floor(tmp_path)):
        side.work()
        side.keep()
    assert_equal(tmp_path)
    claims = pl.read_parquet(tmp_path / "claims.parquet")
    assert set(claims["item"]) == {item.code for item in shipped(RULESET).items}
    awards = pl.read_parquet(tmp_path / "ours-awards.parquet").join(claims, on="claim")
    capped = {code for cap, codes in caps_in_order(shipped(RULESET)) for code in codes}
    lost = awards.filter(pl.col("points") == 0)["item"].unique()
    assert {"no-rental", "rental-rules", "wedding-funeral", "moral-town", "volunteering"} <= {*lost}
    assert capped - {"fire-gear", "charging"} <= {*lost}
