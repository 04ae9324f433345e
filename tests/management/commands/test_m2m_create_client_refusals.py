"""What m2m_create_client refuses: each with a sentence, and with nothing written."""

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from oauth_m2m.models import Scope

COMMAND = "m2m_create_client"


@pytest.fixture
def scopes(db: None) -> None:
    for name in ("orders:read", "orders:write"):
        Scope.objects.create(name=name)


def test_unknown_scope_is_refused_with_what_to_do(refuse, scopes):
    message = refuse(COMMAND, "Billing", "--scope=orders:raed", "--optional-scope=x")
    assert message == (
        'No scope is called "orders:raed". Did you mean orders:read or orders:write?\n'
        'No scope is called "x".\n'
        "The scopes are orders:read, orders:write.\n"
        "Create it in the admin first, or add --create-scopes. Nothing was changed."
    )


def test_several_scopes_in_one_word_are_refused_with_what_to_do(refuse, scopes):
    message = refuse(COMMAND, "Billing", "--scope", "orders:read orders:write")
    assert "Give each scope its own --scope." in message.splitlines()


TAKEN = (
    'The client id "billing" is taken. Choose another one, or give that client a new secret with'
    " m2m_rotate_secret."
)
METHODS = (
    "The methods are client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth,"
    " self_signed_tls_client_auth, workload_identity."
)


@pytest.mark.parametrize(
    "flags, message",
    [
        pytest.param(["--client-id=billing"], TAKEN, id="a client id that is taken"),
        pytest.param(
            ["--client-id=with space"],
            "--client-id: A client id has letters, digits, dots, dashes and underscores only, so"
            " that no client needs to encode it.\nNothing was changed.",
            id="a client id that needs encoding",
        ),
        pytest.param(
            ["--scope=two words", "--create-scopes"],
            'The scope "two words": A scope is one word of printable ASCII characters without'
            " spaces, quotes or backslashes, such as orders:read.\nNothing was changed.",
            id="a scope that cannot be created",
        ),
        pytest.param(
            ["--scope=orders:read", "--optional-scope=orders:read"],
            "--scope and --optional-scope both name orders:read. A scope is granted by default or"
            " when asked for: choose one.",
            id="a scope twice",
        ),
        pytest.param(
            ["--auth-method=client_secret_bsic"],
            'There is no authentication method "client_secret_bsic". Did you mean'
            f" client_secret_basic or client_secret_post? {METHODS}",
            id="an unknown method",
        ),
        pytest.param(
            ["--service-account=ana"],
            'No user is called "ana". Did you mean anna? Create the user in the admin first, or'
            " leave --service-account out.",
            id="an unknown user",
        ),
        pytest.param(
            ["--scope=reports:read", "--create-scopes", "--group=readers"],
            'No group is called "readers". There are no groups yet. Create the group in the admin'
            " first.",
            id="an unknown group",
        ),
        pytest.param(
            ["--scope=reports:read", "--create-scopes", "--allowed-network=10.0.0.1/8"],
            "--allowed-network: 10.0.0.1/8 is not a network. Write it like 10.0.0.0/8 or"
            " 2001:db8::/32.\nNothing was changed.",
            id="a bad network",
        ),
        pytest.param(
            ["--scope=reports:read", "--create-scopes", "--resource=urn:stock"],
            'No resource server has the identifier "urn:stock". There are no resource servers yet.'
            " Add it in the admin first; --create-scopes creates scopes only.",
            id="an unknown resource",
        ),
        pytest.param(
            ["--introspects=urn:stock"],
            'No resource server has the identifier "urn:stock". There are no resource servers yet.'
            " Add it in the admin first; --create-scopes creates scopes only.",
            id="an unknown API that it is",
        ),
        pytest.param(
            ["--rate-limit=often"],
            "--rate-limit: often is not a rate. Write it like 10/s, 100/min, 1000/h or 5000/day."
            "\nNothing was changed.",
            id="a bad rate",
        ),
        pytest.param(
            ["--contact-email=anna"],
            "--contact-email: Enter a valid email address.\nNothing was changed.",
            id="a bad address",
        ),
        pytest.param(
            ["--token-lifetime=-1"],
            "--token-lifetime must be a whole number from 1 to 2147483647, not -1.",
            id="a negative token lifetime",
        ),
        pytest.param(
            ["--secret-expires-in=-1"],
            "--secret-expires-in must be a number of days, more than 0 and at most 36500, not -1.",
            id="a negative secret lifetime",
        ),
        pytest.param(
            ["--secret-expires-in=1", "--no-secret"],
            "--secret-expires-in and --no-secret contradict each other. Leave one out.",
            id="a lifetime of no secret",
        ),
        pytest.param(
            ["--token-format=paper"],
            "Error: argument --token-format: invalid choice: 'paper' (choose from 'opaque', 'jwt')",
            id="an unknown format",
        ),
    ],
)
def test_bad_value_is_refused_and_nothing_is_written(run, refuse, scopes, flags, message):
    User.objects.create_user("anna")
    run(COMMAND, "Billing", "--client-id=billing")
    # Python 3.12 and later write the choices without quotes.
    assert refuse(COMMAND, "Other", *flags).replace("opaque, jwt", "'opaque', 'jwt'") == message


def test_blank_name_is_refused(refuse, scopes):
    assert refuse(COMMAND, "  ") == "NAME: This field cannot be blank.\nNothing was changed."


@override_settings(OAUTH_M2M={"AUTH_METHODS": ["client_secret_basic"]})
def test_method_that_the_server_does_not_accept_is_refused(refuse, scopes):
    message = refuse(COMMAND, "Billing", "--auth-method=client_secret_post")
    assert message == "The setting AUTH_METHODS of this server does not allow client_secret_post."


@override_settings(OAUTH_M2M={})
def test_signed_tokens_without_an_issuer_are_refused(refuse, scopes):
    assert refuse(COMMAND, "Billing", "--token-format=jwt") == (
        "A signed token says who issued it, and OAUTH_M2M has no ISSUER: set it to this server's"
        " public URL first, or leave --token-format out."
    )
