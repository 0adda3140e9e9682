"""The catalogue of steps: each has its act, its flow, its deployment and its words."""

from typing import get_args

import pytest
import yaml
from sqlalchemy.orm import Session

from config import prefect_file
from console.commands.held_steps import Process
from domain.cycle.catalogue import (
    CATALOGUE,
    PROCESSES,
    find_kind,
    kind_of,
    kinds_of,
    periods_of,
    steps_of,
    usual_step,
)
from domain.kernel.errors import BadInput
from domain.kernel.period import Period
from domain.notices.notice import find_notice
from domain.occasions.occasion import AuditClosed
from domain.publicity.answering import answer_objection
from domain.steps.acts import ACTS, act_of
from domain.steps.work import Skip
from domain.store.tables.notices import NoticeKind
from domain.store.tables.objections import Resolution
from flows.catalogue import FLOWS
from flows.engine.pool import DEPLOYMENT
from notifications.texts.catalogue import load_texts
from tests.domain.builders import Village, moment
from tests.domain.recording import Told


def test_every_step_has_one_act() -> None:
    assert {(kind.process, kind.name) for kind in CATALOGUE} == {
        (process, step) for process, acts in ACTS.items() for step in acts
    }
    assert len({(kind.process, kind.name) for kind in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_has_a_flow_a_deployment_and_words(process: str) -> None:
    flow = FLOWS[process]
    deployed = yaml.safe_load(prefect_file().read_text(encoding="utf-8"))["deployments"]
    names = {each["entrypoint"] for each in deployed if each["name"] == DEPLOYMENT}
    assert f"{flow.fn.__module__}.{flow.fn.__name__}" in names
    words = load_texts("zh_CN").catalogue
    assert process in words["processes"]
    assert {kind.name for kind in kinds_of(process)} <= set(words["steps"])
    assert usual_step(process) in steps_of(process)
    assert periods_of(process)


def test_the_form_offers_the_steps_of_the_catalogue() -> None:
    for process, flow in FLOWS.items():
        offered = flow.parameters.properties["step"]["enum"]
        assert offered == list(steps_of(process))


def test_the_command_line_knows_every_process() -> None:
    assert set(get_args(Process)) == set(PROCESSES)


def test_a_numbered_step_goes_by_its_number() -> None:
    assert kind_of("audit", "remind_2") is kind_of("audit", "remind_7")
    for step in ("remind", "close_1", "nothing"):
        assert find_kind("audit", step) is None
        with pytest.raises(BadInput, match="remind_1"):
            act_of("audit", step)


def test_an_act_tells_what_follows_from_it(session: Session, village: Village) -> None:
    village.claim("C1", "H1", "sweep", "03-05")
    told, close, march = Told(), act_of("audit", "close"), Period.parse("2026-03")
    did = close(session, village.community, march, moment("04-06"), told)
    assert did.code == "did_audit"
    assert told.occasions == [AuditClosed(march, 1)]
    with pytest.raises(Skip):
        close(session, village.community, march, moment("04-07"), told)
    assert len(told.occasions) == 1


@pytest.mark.parametrize(
    ("outcome", "heard"),
    [
        (Resolution.UPHELD, ["NoticePublished", "ObjectionEnded"]),
        (Resolution.DISMISSED, ["ObjectionEnded"]),
    ],
)
def test_all_that_follows_from_an_answer_is_one_act(
    session: Session, village: Village, outcome: Resolution, heard: list[str]
) -> None:
    village.award("C1", "H1")
    village.close("2026-03")
    village.object("O1", "C1", "H2")
    told = Told()
    answer_objection(session, village.community, "O1", outcome, "r2", "查证", moment("05-10"), told)
    assert told.names == heard
    correction = find_notice(session, village.community, NoticeKind.CORRECTION, "O1:1")
    assert (correction is not None) == (outcome == Resolution.UPHELD)
