"""Stops a sync where a guard was tripped that the caller did not let pass."""

from __future__ import annotations

from sheetward.engine.context import SheetContext
from sheetward.errors import GuardError
from sheetward.plan.plan import Trip


def guard(context: SheetContext, trips: tuple[Trip, ...]) -> None:
    """Raise the first guard that stopped the plan and that nobody let pass."""
    for trip in trips:
        allowed = (context.allowed or {}).get(trip.guard, 0)
        if allowed is None or 0 < trip.count <= allowed:
            continue
        facts = dict(trip.facts)
        raise GuardError(
            f"guard.{trip.guard}",
            guard=trip.guard,
            name=context.name,
            count=trip.count,
            limit=trip.limit,
            rows=list(trip.rows),
            **facts,
        )
