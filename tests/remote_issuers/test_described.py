import pytest

from tests.remote_issuers.entries import read, signed


@pytest.mark.parametrize(
    "subject, expected",
    [
        pytest.param("{client}", "orders", id="the client"),
        pytest.param("{client}@clients", "orders@clients", id="a form of it"),
        pytest.param("one", "one", id="always the same"),
        pytest.param("", None, id="anything"),
    ],
)
def test_subject_of_a_client(subject, expected):
    assert read(signed(subject=subject)).subject_of("orders") == expected


def test_client_cannot_write_a_template():
    assert read(signed(subject="{client}@clients")).subject_of("{client}") == "{client}@clients"
