"""Solves a whole-number model one way or the other: CP-SAT, or HiGHS with its answer counted again by CP-SAT.

Where many people want few places, HiGHS comes to the end in seconds at which CP-SAT does not in minutes; where there is
no answer at all, CP-SAT says so at once and exactly. Both go the same way every time, as long as they come to the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from yinian.engines.placement.model import PlacementError

HIGHS = ("mip_feasibility_tolerance=1e-9", "threads=1", "parallel=off", "random_seed=0",
         "log_to_console=false", "output_flag=false")  # fmt: skip
# In whole numbers nothing better than the bound by half of one is left; where that takes too long, something near it
# is taken, and nobody says that it is the best there is.
GAPS = (("mip_rel_gap=0", "mip_abs_gap=0.5"), ("mip_rel_gap=0.02",))
SECONDS = 30.0  # for each
ENDLESS = 1 << 60


@dataclass(frozen=True, slots=True)
class Solved:
    """``answer``: there is one, in ``solver``. ``settled``: nothing is better, or there is proven to be none.
    ``bound``: beyond which the objective cannot go; None where there is no answer."""

    solver: cp_model.CpSolver
    answer: bool
    settled: bool
    bound: int | None


class Searcher:
    """Solves one after the other within an amount of CP-SAT's work."""

    def __init__(self, work: float) -> None:
        self.work = work

    def solve(self, model: cp_model.CpModel, share: float = 1.0) -> Solved:
        """By CP-SAT; of the work that is left, a ``share`` may be spent at most."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = max(self.work * share, 0.001)
        status = solver.solve(model)
        if status == cp_model.MODEL_INVALID:
            raise PlacementError("the search for couples and staff limits cannot be set up")
        self.work -= solver.response_proto.deterministic_time
        answer = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        bound = round(solver.best_objective_bound) if answer else None
        return Solved(solver, answer, status in (cp_model.OPTIMAL, cp_model.INFEASIBLE), bound)

    def largest(self, model: cp_model.CpModel, share: float = 1.0) -> Solved:
        """By HiGHS where it finds an answer that holds when counted again, else by CP-SAT."""
        values, best = _by_highs(model)
        if values:
            checked = self._counted(model, values)
            if checked is not None:
                objective = round(checked.objective_value)
                return Solved(checked, True, best is not None and abs(objective - best) < 0.75, round(best or 0))
        return self.solve(model, share)

    def _counted(self, model: cp_model.CpModel, values: list[int]) -> cp_model.CpSolver | None:
        """The answer as CP-SAT reads it, in whole numbers; None where it does not hold."""
        model.proto.clear_solution_hint()
        for index, value in enumerate(values):
            model.add_hint(model.get_int_var_from_proto_index(index), value)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.fix_variables_to_their_hinted_value = True
        status = solver.solve(model)
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _by_highs(model: cp_model.CpModel) -> tuple[list[int], float | None]:
    """The values of all variables and the bound of the objective; nothing where none are found."""
    proto = model.proto
    linear = model_builder.Model()  # type: ignore[no-untyped-call]
    own = []
    for one in proto.variables:
        domain = list(one.domain)
        own.append(linear.new_int_var(domain[0], domain[-1], ""))
    for one in proto.constraints:
        if one.has_linear():
            domain, names, factors = list(one.linear.domain), list(one.linear.vars), list(one.linear.coeffs)
        elif one.has_at_most_one():
            names = list(one.at_most_one.literals)
            domain, factors = [-2 * ENDLESS, 1], [1] * len(names)
        else:
            return [], None
        if min(names, default=0) < 0 or len(domain) != 2:
            return [], None
        linear.add_linear_constraint(
            model_builder.LinearExpr.weighted_sum([own[name] for name in names], factors),
            domain[0] if domain[0] > -ENDLESS else -float("inf"), domain[1] if domain[1] < ENDLESS else float("inf"),
        )  # fmt: skip
    names, factors = list(proto.objective.vars), list(proto.objective.coeffs)
    if min(names, default=0) < 0:
        return [], None
    linear.minimize(model_builder.LinearExpr.weighted_sum([own[name] for name in names], factors))
    # What is maximised is kept turned round, with a scale of -1.
    scale, offset = proto.objective.scaling_factor or 1.0, proto.objective.offset
    for gap in GAPS:
        solver = model_builder.Solver("highs")
        if not solver.solver_is_supported():
            return [], None
        solver.set_solver_specific_parameters(",".join([*HIGHS, *gap]))
        solver.set_time_limit_in_seconds(SECONDS)
        if solver.solve(linear) in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE):
            values = [round(solver.value(one)) for one in own]
            return values, scale * (solver.best_objective_bound + offset)
    return [], None
