"""Plans as JSON and back, for the journal."""

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
        "findings": [TypeAdapter(Finding).dump_python(f, mode="json") for f in plan.findings],
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
        findings=tuple(TypeAdapter(Finding).validate_python(f) for f in data["findings"]),
        steps=tuple(
            PlannedStep(
                _step_from_json(planned["step"]),
                tuple(_step_from_json(step) for step in planned["undo"]),
                planned["is_destructive"],
            )
            for planned in data["steps"]
        ),
    )


def _step_to_json(step: Step) -> dict[str, Any]:
    kind = type(step)
    return {"kind": kind.__name__, "data": TypeAdapter(kind).dump_python(step, mode="json")}


def _step_from_json(data: dict[str, Any]) -> Step:
    step: Step = TypeAdapter(_STEPS[data["kind"]]).validate_python(data["data"])
    return step
