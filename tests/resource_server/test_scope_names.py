import pytest

from oauth_m2m.resource_server.scope_names import scope_names

EXAMPLE = '@needs("orders:read")'


def test_names_are_returned_as_they_were_given():
    assert scope_names(("orders:write", "orders:read"), EXAMPLE) == ("orders:write", "orders:read")


@pytest.mark.parametrize(
    "names",
    [
        pytest.param((), id="none"),
        pytest.param(("",), id="empty"),
        pytest.param(("orders:read orders:write",), id="two in one word"),
        pytest.param((["orders:read"],), id="a list"),
        pytest.param(("orders:read", None), id="one good, one None"),
        pytest.param((len,), id="a function: the parentheses were forgotten"),
    ],
)
def test_anything_else_is_refused_with_an_example(names: tuple):
    with pytest.raises(TypeError) as caught:
        scope_names(names, EXAMPLE)
    assert str(caught.value) == 'needs takes the names of scopes: @needs("orders:read").'
