"""Plans: where steps run, in which order they are undone, how they are told."""

from typing import get_args

import pytest

from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import (
    Plan,
    PlannedStep,
    StartServer,
    Step,
    StopServer,
    step_place,
)
from pgtui.domain.words import describe_step
from tests.domain.samples import steps

HERE, THERE = Place(HostKind.LOCAL, "/d"), Place(HostKind.DOCKER, "c")


def test_there_is_a_sample_of_every_kind_of_step() -> None:
    assert {type(step) for step in steps()} == set(get_args(Step))


@pytest.mark.parametrize("step", steps("name"), ids=lambda step: type(step).__name__)
def test_every_step_has_a_place_and_one_sentence(step: Step) -> None:
    # A sandbox is made and removed by the host of the cluster that it comes from.
    assert step_place(step).name in ("name", "/name")
    sentence = describe_step(step)
    assert sentence
    assert not sentence.endswith(".")
    assert "\n" not in sentence


def test_words_tell_the_mode_of_a_shutdown() -> None:
    assert describe_step(StopServer(THERE)) == "Stop the server at docker:c (fast shutdown)"


@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True)])
def test_one_destructive_step_makes_a_plan_destructive(flags: tuple[bool, bool]) -> None:
    plan = Plan("t", "c", tuple(PlannedStep(StartServer(HERE), is_destructive=flag) for flag in flags))
    assert plan.is_destructive == any(flags)
