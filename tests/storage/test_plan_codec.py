"""Plans survive being written down, whatever they hold."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import AwaitTarget, Plan, PlannedStep, StartServer, Step
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.target_input import parse_target_time
from pgtui.storage.plan_codec import plan_from_json, plan_to_json
from tests.domain.made import spec
from tests.domain.samples import plan, steps


def _through_json(value: Plan) -> Plan:
    return plan_from_json(json.loads(json.dumps(plan_to_json(value))))


def test_there_is_a_sample_of_every_kind_of_step() -> None:
    assert {type(step) for step in steps()} == set(get_args(Step))


@pytest.mark.parametrize("step", steps(), ids=lambda step: type(step).__name__)
def test_every_kind_of_step_comes_back_as_it_was(step: Step) -> None:
    one = Plan("t", "c", (PlannedStep(step, undo=(step,), is_destructive=True),))
    found = _through_json(one)
    assert found == one
    assert type(found.steps[0].step) is type(step)
    assert hash(found) == hash(one), "lists where tuples were"


@settings(max_examples=30)
@given(st.text(st.characters()))
def test_a_plan_of_any_names_comes_back_as_it_was(text: str) -> None:
    assert _through_json(plan(text)) == plan(text)


def test_a_target_in_a_named_zone_comes_back_as_the_same_instant() -> None:
    time = parse_target_time("2026-07-22 11:59:57.000001", "Europe/Berlin")
    step = AwaitTarget(spec(), TimeTarget(time, 2), "0/0", "", "")
    (planned,) = _through_json(Plan("t", "c", (PlannedStep(step),))).steps
    assert isinstance(planned.step, AwaitTarget)
    assert planned.step.target.time == time
    assert planned.step.target.time.utcoffset() is not None


def _damaged(**changes: Any) -> dict[str, Any]:
    good = plan_to_json(Plan("t", "c", (PlannedStep(StartServer(Place(HostKind.LOCAL, "/d"))),)))
    return {**good, **changes}


@pytest.mark.parametrize(
    "data",
    [
        {},
        _damaged(steps=[{}]),
        _damaged(steps=[{"step": {"kind": "NoSuchStep", "data": {}}, "undo": [], "is_destructive": False}]),
        _damaged(steps=[{"step": {"kind": "StartServer", "data": {}}, "undo": [], "is_destructive": False}]),
        _damaged(
            steps=[
                {
                    "step": {"kind": "Finding", "data": {"severity": "note", "message": ""}},
                    "undo": [],
                    "is_destructive": False,
                }
            ]
        ),
        _damaged(findings=[{"severity": "unheard of", "message": ""}]),
    ],
)
def test_what_is_no_plan_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        plan_from_json(data)
