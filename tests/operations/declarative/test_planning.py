import pytest

from oauth_m2m.operations.declarative.planning import plan_document
from oauth_m2m.operations.declarative.toml_text import read_toml

pytestmark = pytest.mark.django_db

HTTPS = "The address must be https: whoever changes keys on their way is the client."


def test_new_client_gets_what_is_declared(steps):
    text = '[scopes.a]\n[clients.x]\nname = "X"\nscopes = ["a"]\nsecrets = 2'
    values = {"name": "X", "scopes": ["a"], "secrets": 2}
    assert steps(text) == [("scopes", "a", {}), ("clients", "x", values)]


def test_what_the_file_does_not_mention_stays(register, steps):
    register("a", client_id="x", rate_limit="5/s", description="kept")
    assert steps('[clients.x]\nscopes = ["a"]\nsecrets = 1') == []
    assert steps('[clients.x]\nrate_limit = ""') == [("clients", "x", {"rate_limit": ""})]


def test_scope_that_becomes_a_default_is_not_on_request_any_more(register, steps):
    register("a", optional=["b"], client_id="x")
    wanted = {"scopes": ["a", "b"], "optional_scopes": []}
    assert steps('[clients.x]\nscopes = ["a", "b"]') == [("clients", "x", wanted)]


def test_clients_that_the_file_leaves_out_are_listed(register):
    register(client_id="b")
    register(client_id="a")
    assert plan_document(read_toml("[clients.b]")).not_in_file == ("a",)


@pytest.mark.parametrize(
    "line, where, message",
    [
        pytest.param('rate_limit = "often"', "clients.x.rate_limit", None, id="rate"),
        pytest.param('jwks_uri = "http://a.example"', "clients.x.jwks_uri", HTTPS, id="http"),
        pytest.param(
            'token_format = "jwt"',
            "clients.x.token_format",
            "A signed token says who issued it: set ISSUER in OAUTH_M2M first.",
            id="jwt without issuer",
        ),
        pytest.param(
            'auth_methods = ["private_key_jwt"]\nsecrets = 1',
            "clients.x.secrets",
            "A secret is of no use: none of its auth_methods takes one.",
            id="useless secret",
        ),
        pytest.param(
            'scopes = ["a"]\noptional_scopes = ["a"]',
            "clients.x.optional_scopes",
            "scopes names a as well: a scope is a default one, or is not.",
            id="scope twice",
        ),
        pytest.param('keys = ["x"]', "clients.x.keys[0]", None, id="no key"),
        pytest.param(
            'workload_identities = [{ issuer = "https://i", subject = "s" },'
            ' { issuer = "https://i", subject = "s" }]',
            "clients.x.workload_identities[1]",
            "This issuer and subject are there twice.",
            id="identity twice",
        ),
        pytest.param(
            'workload_identities = [{ issuer = "https://i", subject = "" }]',
            "clients.x.workload_identities[0].subject",
            "This field cannot be blank.",
            id="no subject",
        ),
    ],
)
def test_wrong_value_is_told_with_its_line(line: str, where: str, message, faults, settings):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    issuer = '[scopes.a]\n[trusted_issuers."https://i"]\njwks_uri = "https://i.example/keys"\n'
    [told] = faults(f"{issuer}[clients.x]\n{line}")
    assert told[:2] == (5 + line.count("\n"), where)
    assert message in {None, told[2]}


def test_all_that_is_wrong_is_told_at_once(faults):
    text = '[clients."a b"]\nnam = 1\nscopes = ["x"]\n[clients.y]\nrate_limit = "often"'
    assert [told[:2] for told in faults(text)] == [
        (1, 'clients."a b"'),
        (2, 'clients."a b".nam'),
        (3, 'clients."a b".scopes[0]'),
        (5, "clients.y.rate_limit"),
    ]
