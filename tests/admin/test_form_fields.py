import pytest
from django.core.exceptions import ValidationError

from oauth_m2m.admin.form_fields import (
    LifetimeField,
    MetadataField,
    NetworksField,
    TokenFormatField,
)


@pytest.mark.parametrize(
    "typed,networks",
    [
        ("", []),
        (None, []),
        (" \r\n\r\n", []),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        (" 10.0.0.0/8 \r\n\r\n2001:db8::/32\r\n", ["10.0.0.0/8", "2001:db8::/32"]),
    ],
    ids=["nothing", "not sent", "blank lines", "one", "two with blanks around"],
)
def test_networks_are_lines(typed: str | None, networks: list[str]):
    assert NetworksField(required=False).clean(typed) == networks


def test_networks_are_shown_one_a_line():
    assert NetworksField().prepare_value(["10.0.0.0/8", "::/0"]) == "10.0.0.0/8\n::/0"


def test_networks_that_were_typed_are_shown_as_typed():
    assert NetworksField().prepare_value("10.0.0.0/8,\n") == "10.0.0.0/8,\n"


def test_same_networks_are_no_change():
    assert not NetworksField().has_changed(["10.0.0.0/8"], " 10.0.0.0/8\r\n")


@pytest.mark.parametrize(
    "typed,seconds",
    [("", None), ("1", 1), ("2147483647", 2147483647)],
    ids=["empty", "least", "most"],
)
def test_lifetime_is_seconds_or_nothing(typed: str, seconds: int | None):
    assert LifetimeField().clean(typed) == seconds


@pytest.mark.parametrize(
    "typed,code",
    [("0", "min_value"), ("-1", "min_value"), ("2147483648", "max_value"), ("1h", "invalid")],
    ids=["zero", "negative", "more than the column holds", "no number"],
)
def test_lifetime_that_no_token_could_have_is_refused(typed: str, code: str):
    with pytest.raises(ValidationError) as caught:
        LifetimeField().clean(typed)
    assert [error.code for error in caught.value.error_list] == [code]


@pytest.mark.parametrize(
    "typed,value",
    [("", {}), ("null", {}), (None, {}), ('{"a": "\\u00e9"}', {"a": "é"}), ("[1]", [1]), ("0", 0)],
    ids=["empty", "null", "not sent", "object", "list", "number"],
)
def test_metadata_is_any_json(typed: str | None, value):
    assert MetadataField().clean(typed) == value


@pytest.mark.parametrize(
    "typed,code",
    [
        ('{"a": "\\u0000"}', "unstorable"),
        ('{"a": NaN}', "unstorable"),
        ("[-Infinity]", "unstorable"),
        ('["\\ud800"]', "unstorable"),
        ("{", "invalid"),
    ],
    ids=["NUL", "NaN", "infinity", "half a character", "broken"],
)
def test_metadata_that_postgresql_cannot_store_is_refused(typed: str, code: str):
    with pytest.raises(ValidationError) as caught:
        MetadataField().clean(typed)
    assert [error.code for error in caught.value.error_list] == [code]


@pytest.mark.parametrize("chosen", ["", "opaque", "jwt"])
def test_token_format_is_one_of_ours_or_nothing(chosen: str):
    assert TokenFormatField().clean(chosen) == chosen


@pytest.mark.parametrize(
    "issuer, chosen, code",
    [
        ("https://auth.example.com", "paper", "invalid_choice"),
        ("", "jwt", "no_issuer"),
    ],
    ids=["unknown", "signed without an issuer"],
)
def test_token_format_that_cannot_be_issued_is_refused(settings, issuer, chosen, code):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    with pytest.raises(ValidationError) as caught:
        TokenFormatField().clean(chosen)
    assert caught.value.code == code


def test_opaque_tokens_need_no_issuer(settings):
    settings.OAUTH_M2M = {}
    assert TokenFormatField().clean("opaque") == "opaque"
