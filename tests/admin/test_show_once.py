import re
import shlex
from datetime import timedelta

import pytest
from django.test import Client as HttpClient
from django.utils.formats import localize
from django.utils.timezone import localtime

from oauth_m2m.models import Client, ClientSecret, ResourceServer, Scope
from tests.admin.pages import SECRET, form_of, secrets_in, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db


def add_secret(boss: HttpClient, client: Client, **fields):
    address = url("client_add_secret", client.pk)
    return boss.post(address, {**form_of(boss.get(address)), **fields})


def text_of(response, key: str) -> str:
    [text] = [snippet.text for snippet in response.context["kit"] if snippet.key == key]
    return text


def command_on(response) -> list[str]:
    return shlex.split(text_of(response, "curl"))


def test_page_shows_the_secret_that_works(boss: HttpClient, registered: Registered, post_token):
    response = add_secret(boss, registered.client)
    (secret,) = secrets_in(response)
    credentials = {"client_id": registered.client_id, "client_secret": secret}
    assert post_token({"grant_type": "client_credentials", **credentials}).status_code == 200


def test_page_is_kept_nowhere(boss: HttpClient, registered: Registered):
    headers = add_secret(boss, registered.client).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Pragma"] == "no-cache"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_page_has_the_secret_in_a_readonly_field(boss: HttpClient, registered: Registered):
    response = add_secret(boss, registered.client)
    (secret,) = secrets_in(response)
    page = response.content.decode()
    assert f'type="text" readonly value="{secret}"' in page
    # The field, the command, .env and Postman; programs read it from their environment.
    assert len(SECRET.findall(page)) == 4


def test_page_leads_back_to_the_client(boss: HttpClient, registered: Registered):
    page = add_secret(boss, registered.client).content.decode()
    assert f'href="{url("client_change", registered.client.pk)}"' in page


def test_page_says_that_it_lives_until_revoked(boss: HttpClient, registered: Registered):
    page = add_secret(boss, registered.client).content.decode()
    assert "never: it lives until somebody revokes it" in page


def test_page_says_when_the_secret_expires(boss: HttpClient, registered: Registered):
    response = add_secret(boss, registered.client, lifetime_days="30")
    newest = ClientSecret.objects.first()
    assert newest.expires_at - newest.created_at == timedelta(days=30)
    assert f"<dd>{localize(localtime(newest.expires_at))}</dd>" in response.content.decode()


def test_command_names_the_issuer(boss: HttpClient, registered: Registered):
    response = add_secret(boss, registered.client)
    (secret,) = secrets_in(response)
    assert command_on(response) == [
        "curl",
        "-d",
        "grant_type=client_credentials",
        "-u",
        f"{registered.client_id}:{secret}",
        "https://auth.example.com/oauth/token",
    ]


def test_command_names_the_host_of_the_request_without_an_issuer(
    boss: HttpClient, registered: Registered, settings
):
    settings.OAUTH_M2M = {"REQUIRE_HTTPS": False}
    response = add_secret(boss, registered.client)
    assert command_on(response)[-1] == "http://testserver/oauth/token"


def test_command_sends_the_secret_in_the_body_where_basic_is_not_allowed(
    boss: HttpClient, register
):
    client = register("orders:read", auth_methods=["client_secret_post"]).client
    response = add_secret(boss, client)
    (secret,) = secrets_in(response)
    assert command_on(response) == [
        "curl",
        "-d",
        "grant_type=client_credentials",
        "-d",
        f"client_id={client.client_id}",
        "-d",
        f"client_secret={secret}",
        "https://auth.example.com/oauth/token",
    ]


def test_command_asks_for_scopes_where_none_is_a_default(boss: HttpClient, register):
    client = register(optional=("b&c", "a")).client
    response = add_secret(boss, client)
    assert command_on(response)[-3:] == [
        "--data-urlencode",
        "scope=a b&c",
        "https://auth.example.com/oauth/token",
    ]
    assert "--data-urlencode &#x27;scope=a b&amp;c&#x27;" in response.content.decode()


def test_page_warns_when_the_client_has_no_scopes(boss: HttpClient, register):
    response = add_secret(boss, register().client)
    assert "This client has no scopes yet" in response.content.decode()
    assert "scope=" not in text_of(response, "curl")


@pytest.mark.parametrize(
    "fields,warns",
    [
        ({}, False),
        ({"requires_dpop": True}, True),
        ({"requires_certificate": True}, True),
        ({"profile": "fapi2"}, True),
    ],
    ids=["bearer", "DPoP", "certificate", "strict"],
)
def test_page_says_when_a_plain_token_is_not_enough(boss: HttpClient, register, fields, warns):
    response = add_secret(boss, register("orders:read", **fields).client)
    warning = "This client gets only tokens that are bound"
    assert (warning in response.content.decode()) is warns


def test_page_says_when_the_server_wants_bound_tokens_of_all(
    boss: HttpClient, registered: Registered, settings
):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "PROFILE": "fapi2"}
    page = add_secret(boss, registered.client).content.decode()
    assert "This client gets only tokens that are bound" in page


def test_kit_has_a_fold_for_each_language_and_file(boss: HttpClient, registered: Registered):
    page = add_secret(boss, registered.client).content.decode()
    assert re.findall(r"<summary>(.*?)</summary>", page) == [
        "curl",
        "Python",
        "Go",
        "JavaScript",
        ".env",
        "Kubernetes Secret",
        "Postman environment",
    ]
    assert page.count('<details name="m2m-kit" open>') == 1
    for key in ("curl", "python", "go", "javascript", "dotenv", "kubernetes", "postman"):
        assert f'data-m2m-copy="m2m-kit-{key}"' in page


def test_call_goes_to_the_api_of_the_scopes(boss: HttpClient, registered: Registered):
    api = ResourceServer.objects.create(identifier="https://stock.example.com/v1?a=1&b=2")
    Scope.objects.filter(name="orders:read").update(resource_server=api)
    page = add_secret(boss, registered.client).content.decode()
    assert "&#x27;https://stock.example.com/v1?a=1&amp;b=2&#x27;</pre>" in page


@pytest.mark.urls("tests.admin.urls_without_endpoints")
def test_page_says_what_is_missing_where_the_urls_are_not_mounted(
    boss: HttpClient, registered: Registered
):
    response = add_secret(boss, registered.client)
    page = response.content.decode()
    assert "There is no token endpoint yet" in page
    assert 'path("", include("oauth_m2m.urls"))' in page
    assert "curl" not in page
    assert len(secrets_in(response)) == 1


def test_name_of_the_client_is_escaped(boss: HttpClient, register):
    response = add_secret(boss, register(name="<script>alert(1)</script>").client)
    page = response.content.decode()
    assert "<script>alert" not in page
    assert "Secret of &lt;script&gt;alert(1)&lt;/script&gt;" in page
