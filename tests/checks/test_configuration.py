import pytest
from django.core.checks import Error, Warning, run_checks  # noqa: A004 - Django's names
from django.test import override_settings

from oauth_m2m.checks.configuration import check_issuer, check_settings

# No issuer, a key from SECRET_KEY, a cache in local memory.
DEPLOYMENT = {"oauth_m2m.W001", "oauth_m2m.W003", "oauth_m2m.W011"}


def test_right_settings_are_silent():
    with override_settings(OAUTH_M2M={"ISSUER": "https://auth.example.com"}):
        assert check_settings(None) == []
        assert check_issuer(None) == []


def test_no_settings_at_all_are_no_error():
    with override_settings():
        from django.conf import settings  # noqa: PLC0415 - the overridden ones

        del settings.OAUTH_M2M
        assert check_settings(None) == []


def test_e002_has_the_sentence_of_each_bad_value():
    with override_settings(OAUTH_M2M={"REQUIRE_HTTPS": "yes", "TOKEN_PREFIX": "x"}):
        assert check_settings(None) == [
            Error(
                "OAUTH_M2M['TOKEN_PREFIX'] must be 2 to 16 letters or digits and an underscore,"
                " such as m2mt_.",
                id="oauth_m2m.E002",
            ),
            Error("OAUTH_M2M['REQUIRE_HTTPS'] must be True or False.", id="oauth_m2m.E002"),
        ]


def test_e002_when_it_is_no_dict():
    with override_settings(OAUTH_M2M=["ISSUER"]):
        assert check_settings(None) == [Error("OAUTH_M2M must be a dict.", id="oauth_m2m.E002")]
        assert check_issuer(None) == []


def wrong_issuers(**settings) -> list[str]:
    with override_settings(OAUTH_M2M=settings):
        messages = check_settings(None)
    assert {message.id for message in messages} <= {"oauth_m2m.E002"}
    begins = "OAUTH_M2M['REMOTE_ISSUERS'] is wrong for 'https://a.example': "
    return [str(message.msg).removeprefix(begins) for message in messages]


def test_e002_names_issuer_and_key():
    entry = {"jwks_uri": "http://a.example/jwks", "audience": "urn:api"}
    assert wrong_issuers(REMOTE_ISSUERS={"https://a.example": entry}) == [
        "'jwks_uri' must be an https URL, or an http URL on loopback."
    ]


def test_e002_when_an_issuer_is_ourselves():
    entry = {"jwks_uri": "https://a.example/jwks", "audience": "urn:api"}
    issuers = {"https://a.example": entry, "https://b.example": entry}
    assert wrong_issuers(REMOTE_ISSUERS=issuers, ISSUER="https://a.example") == [
        "that is our own ISSUER."
    ]
    assert wrong_issuers(REMOTE_ISSUERS=issuers) == []


@pytest.mark.parametrize(
    "prefix, is_wrong",
    [("m2mt_", True), ("m2mt_a", True), ("m2", True), ("their_", False), ("", False)],
)
def test_e002_when_a_token_could_be_ours_or_theirs(asked_issuer, prefix, is_wrong):
    issuers = {"https://a.example": {**asked_issuer, "token_prefix": prefix}}
    sentence = "'token_prefix' is that of our own tokens, m2mt_."
    assert wrong_issuers(REMOTE_ISSUERS=issuers) == ([sentence] if is_wrong else [])
    assert wrong_issuers(REMOTE_ISSUERS=issuers, TOKEN_PREFIX="own_") == []


def test_e002_when_every_token_is_asked_about_and_imported_ones_are_ours(asked_issuer):
    sentence = "'token_prefix' is '', and imported tokens have any form."
    issuers = {"https://a.example": {**asked_issuer, "token_prefix": ""}}
    assert wrong_issuers(REMOTE_ISSUERS=issuers, ACCEPT_IMPORTED_TOKENS=True) == [sentence]
    issuers["https://a.example"]["token_prefix"] = "their_"
    assert wrong_issuers(REMOTE_ISSUERS={**issuers}, ACCEPT_IMPORTED_TOKENS=True) == []


def test_e002_when_the_secret_is_in_no_file(asked_issuer, tmp_path):
    del asked_issuer["client_secret"]
    path = tmp_path / "secret"
    issuers = {"https://a.example": {**asked_issuer, "client_secret_file": str(path)}}
    assert wrong_issuers(REMOTE_ISSUERS=issuers) == ["'client_secret_file' names no file."]
    path.write_text("a secret")
    assert wrong_issuers(REMOTE_ISSUERS=issuers) == []


@pytest.fixture
def asked_issuer() -> dict[str, str]:
    """An issuer that is asked about tokens, and whom we would tell our secret."""
    return {
        "introspection_url": "https://a.example/introspect",
        "audience": "urn:api",
        "client_id": "orders-api",
        "client_secret": "a secret",
        "token_prefix": "their_",
    }


@pytest.mark.parametrize("configured", [{}, {"ISSUER": ""}], ids=["absent", "empty"])
def test_w001_without_an_issuer(configured):
    with override_settings(OAUTH_M2M=configured):
        assert check_issuer(None) == [
            Warning(
                "OAUTH_M2M has no ISSUER.",
                hint="Set it to this server's public URL: people are then shown a full token URL.",
                id="oauth_m2m.W001",
            )
        ]


def test_w002_with_an_issuer_over_http():
    with override_settings(OAUTH_M2M={"ISSUER": "http://auth.example.com"}):
        assert check_issuer(None) == [
            Warning(
                "OAUTH_M2M['ISSUER'] is not an https URL.",
                hint="Secrets and tokens travel in clear text over http.",
                id="oauth_m2m.W002",
            )
        ]


def test_a_bad_issuer_is_reported_once():
    with override_settings(OAUTH_M2M={"ISSUER": "nonsense"}):
        assert check_issuer(None) == []
        assert [message.id for message in check_settings(None)] == ["oauth_m2m.E002"]


@pytest.mark.parametrize(
    "configured, deployment, expected",
    [
        ({"UNKNOWN": 1}, False, {"oauth_m2m.E001"}),
        ({"UNKNOWN": 1}, True, {"oauth_m2m.E001", *DEPLOYMENT}),
        ({}, False, set()),
        ({}, True, DEPLOYMENT),
    ],
    ids=["error", "error at deployment", "right", "right but for deployment"],
)
def test_manage_py_check_runs_them(configured, deployment, expected):
    # The tests' own site has views that are wrong on purpose.
    with override_settings(OAUTH_M2M=configured, ROOT_URLCONF="example_project.urls"):
        messages = run_checks(include_deployment_checks=deployment)
    assert {m.id for m in messages if m.id.startswith("oauth_m2m.")} == expected
