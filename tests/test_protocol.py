import pytest

from oauth_m2m import protocol


@pytest.mark.rfc("6749", "A.4")
@pytest.mark.parametrize("word", ["a", "orders:read", "https://a.example/x", "!", "#[]~", "A"])
def test_scope_token_is_taken(word):
    assert protocol.SCOPE_TOKEN.fullmatch(word)


@pytest.mark.rfc("6749", "A.4")
@pytest.mark.parametrize("word", ["", "a b", 'a"', "a\\b", "é", "a\n", "a\x00", "\x7f"])
def test_what_is_no_scope_token_is_refused(word):
    assert not protocol.SCOPE_TOKEN.fullmatch(word)


@pytest.mark.rfc("6749", "A.1")
@pytest.mark.parametrize("client_id", ["a", " ", "~", "a b:c", "a" * 255])
def test_client_id_is_taken(client_id):
    assert protocol.CLIENT_ID.fullmatch(client_id)


@pytest.mark.rfc("6749", "A.1")
@pytest.mark.parametrize("client_id", ["", "a" * 256, "a\n", "\x00", "\x7f", "é"])
def test_what_is_no_client_id_is_refused(client_id):
    assert not protocol.CLIENT_ID.fullmatch(client_id)


@pytest.mark.rfc("8707", "2")
def test_only_resource_and_audience_may_repeat():
    assert sorted(protocol.REPEATABLE_PARAMETERS) == ["audience", "resource"]
