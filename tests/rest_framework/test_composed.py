import pytest
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated

from oauth_m2m.rest_framework.composed import alternatives, conditions, parts


def names(permissions: tuple) -> list[str]:
    return [type(permission).__name__ for permission in permissions]


@pytest.mark.parametrize(
    "permission, all_of, one_of, made_of",
    [
        pytest.param(AllowAny, [], [], [], id="single"),
        pytest.param(
            AllowAny & IsAdminUser,
            ["AllowAny", "IsAdminUser"],
            [],
            ["AllowAny", "IsAdminUser"],
            id="and",
        ),
        pytest.param(
            AllowAny | IsAdminUser,
            [],
            ["AllowAny", "IsAdminUser"],
            ["AllowAny", "IsAdminUser"],
            id="or",
        ),
        pytest.param(~AllowAny, [], [], ["AllowAny"], id="not"),
        pytest.param(
            AllowAny & (IsAdminUser | ~IsAuthenticated),
            ["AllowAny", "OR"],
            [],
            ["AllowAny", "OR"],
            id="nested",
        ),
    ],
)
def test_composed_permission_is_taken_apart(permission, all_of, one_of, made_of):
    made = permission()
    assert names(conditions(made)) == all_of
    assert names(alternatives(made)) == one_of
    assert names(parts(made)) == made_of
