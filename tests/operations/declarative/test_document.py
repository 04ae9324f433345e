import pytest

from oauth_m2m.operations.declarative.document import Document, Fault, FaultyDocument


@pytest.mark.parametrize(
    "place, where",
    [
        pytest.param((), "", id="whole file"),
        pytest.param(("clients", "nightly", "scopes", 0), "clients.nightly.scopes[0]", id="item"),
        pytest.param(("scopes", 'a:"b"'), 'scopes."a:\\"b\\""', id="quoted"),
    ],
)
def test_place_is_written_as_in_the_file(place, where: str):
    assert Fault(1, place, "x").where == where


def test_fault_has_the_line_of_the_nearest_key():
    document = Document({}, {("a",): 1, ("a", "b"): 3})
    assert document.fault(("a", "b", 0), "x") == Fault(3, ("a", "b", 0), "x")
    assert document.fault(("a", "c"), "x", wanted="c", known={"b": 1}).line == 1
    assert document.fault(("z",), "x").line == 0


def test_faults_are_told_in_the_order_of_their_lines():
    error = FaultyDocument([Fault(7, (), "later"), Fault(2, (), "sooner")])
    assert [fault.line for fault in error.faults] == [2, 7]
    assert str(error) == "2 faults"
