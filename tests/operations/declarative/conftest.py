"""What the tests of declarative files share."""

import pytest

from oauth_m2m.operations.declarative.applying import Applied, apply_document
from oauth_m2m.operations.declarative.document import FaultyDocument
from oauth_m2m.operations.declarative.planning import plan_document
from oauth_m2m.operations.declarative.toml_text import read_toml


@pytest.fixture
def apply(db: None, actor):
    """Apply a TOML text."""

    def apply(text: str) -> Applied:
        return apply_document(read_toml(text), actor=actor)

    return apply


@pytest.fixture
def steps(db: None):
    """Return what a TOML text would change: section, name, and the new values."""

    def steps(text: str):
        plan = plan_document(read_toml(text))
        return [(step.section, step.name, step.values) for step in plan.steps]

    return steps


@pytest.fixture
def faults(db: None):
    """Return what is wrong with a TOML text: line, place and sentence."""

    def faults(text: str) -> list[tuple[int, str, str]]:
        with pytest.raises(FaultyDocument) as caught:
            plan_document(read_toml(text))
        return [(fault.line, fault.where, fault.message) for fault in caught.value.faults]

    return faults
