"""Every fault that a test here brings is also said in Chinese."""

from collections.abc import Iterator

import pytest

from domain.kernel.errors import JifenError
from domain.kernel.reasons import Reason
from domain.rules import lint
from domain.rules.schema import Ruleset
from tests.languages import foreign


@pytest.fixture(autouse=True)
def no_finding_is_in_english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Note what is refused and found, by whatever test, and read it as a clerk does."""
    met: list[Reason] = []
    refuse, find = JifenError.__init__, lint.objected

    def refused(self: JifenError, why: str | Reason) -> None:
        refuse(self, why)
        met.append(self.why)

    def objected(ruleset: Ruleset, where: str) -> list[Reason]:
        found = find(ruleset, where)
        met.extend(found)
        return found

    monkeypatch.setattr(JifenError, "__init__", refused)
    monkeypatch.setattr(lint, "objected", objected)
    yield
    assert not [text for why in met if foreign(text := why.text("zh_CN"))]
