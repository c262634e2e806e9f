"""Plans as JSON and back, for the journal."""

from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from pgtui.domain.plan import Plan, PlannedStep, Step
from pgtui.domain.preflight import Finding

_STEPS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Step)}


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as values that JSON knows."""
    return {
        "title": plan.title,
        "cluster": plan.cluster,
        "outcome": plan.outcome,
        "is_throwaway": plan.is_throwaway,
        "findings": [_adapter("Finding").dump_python(f, mode="json") for f in plan.findings],
        "steps": [
            {
                "step": _step_to_json(planned.step),
                "undo": [_step_to_json(step) for step in planned.undo],
                "is_destructive": planned.is_destructive,
            }
            for planned in plan.steps
        ],
    }


def plan_from_json(data: dict[str, Any]) -> Plan:
    """Read a plan back. Raises ValueError (KeyError, pydantic's ValidationError) when it is not one."""
    return Plan(
        title=data["title"],
        cluster=data["cluster"],
        outcome=data["outcome"],
        is_throwaway=data["is_throwaway"],
        findings=tuple(_adapter("Finding").validate_python(f) for f in data["findings"]),
        steps=tuple(
            PlannedStep(
                _step_from_json(planned["step"]),
                tuple(_step_from_json(step) for step in planned["undo"]),
                planned["is_destructive"],
            )
            for planned in data["steps"]
        ),
    )


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    # Building one takes milliseconds, and a journal holds thousands of steps.
    return TypeAdapter(Finding if kind == "Finding" else _STEPS[kind])


def _step_to_json(step: Step) -> dict[str, Any]:
    kind = type(step)
    return {"kind": kind.__name__, "data": _adapter(kind.__name__).dump_python(step, mode="json")}


def _step_from_json(data: dict[str, Any]) -> Step:
    step: Step = _adapter(_STEPS[data["kind"]].__name__).validate_python(data["data"])
    return step
