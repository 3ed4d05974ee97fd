"""The suite's modules import downwards only."""

from __future__ import annotations

from house import circle, imports

FLOORS = (
    ("_check", "_fields", "_isolation", "_leaks", "_oracle", "_recording"),
    ("_diagnosis", "_loop"),
    ("_declarations", "plugin"),
    ("_asking", "_judging"),
    ("_suite",),
    ("checks",),
    ("suites",),
    ("__init__",),
)
"""From the ground up; what a check *is* lies at the bottom."""

FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}


def test_every_module_imports_from_lower_floors_only() -> None:
    """Modules of `checks` may use one another, which `test_no_module_...` keeps in order."""
    graph = imports()
    upwards = [
        f"{name} imports {other}"
        for name, others in graph.items()
        for other in others
        if FLOOR_OF[other.partition(".")[0]] >= FLOOR_OF[name.partition(".")[0]]
        and not (name.startswith("checks.") and other.startswith("checks."))
    ]

    assert upwards == []
    assert {name.partition(".")[0] for name in graph} == set(FLOOR_OF)


def test_no_module_is_in_a_circle() -> None:
    assert circle() == []
