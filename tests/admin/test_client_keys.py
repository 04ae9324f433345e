from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.keys.pasted import read_pasted_keys
from oauth_m2m.models import AuditEvent, ClientKey
from oauth_m2m.operations.client_keys import add_client_keys, revoke_client_key
from oauth_m2m.values import Actor
from tests.admin.pages import messages_of, url
from tests.admin.test_client_pages import queries_of
from tests.conftest import Registered
from tests.key_material import (
    PRIVATE_KEY_SENTENCE,
    certificate_pem,
    jwk_text,
    jwks_text,
    private_pem_text,
    public_pem,
)

pytestmark = pytest.mark.django_db

ADD, REVOKE = "client_add_key", "client_revoke_key"
NO_METHOD = (
    "None of its authentication methods uses a key yet: choose private_key_jwt or"
    " self_signed_tls_client_auth."
)
SECRET_PART = private_pem_text().splitlines()[1]


@pytest.fixture
def robot(register) -> Registered:
    return register(name="Robot", auth_methods=["private_key_jwt"])


@pytest.fixture
def key(robot: Registered, actor) -> ClientKey:
    [key] = add_client_keys(robot.client, read_pasted_keys(jwk_text(kid="first")), actor=actor)
    return key


def paste(boss: HttpClient, registered: Registered, text: str, **fields):
    return boss.post(url(ADD, registered.client.pk), {"pasted": text, **fields})


def page_of(http: HttpClient, registered: Registered) -> str:
    return http.get(url("client_change", registered.client.pk)).content.decode()


# Add


@pytest.mark.parametrize(
    "text, kids",
    [
        (jwk_text(kid="one"), ["one"]),
        (jwks_text("one", "two"), ["one", "two"]),
        (public_pem(), [read_pasted_keys(public_pem())[0].kid]),
    ],
    ids=["JWK", "JWK Set", "PEM"],
)
def test_pasted_keys_are_added(boss: HttpClient, robot: Registered, text: str, kids: list[str]):
    response = paste(boss, robot, text, description="hall 2", lifetime_days="7")
    assert response.url == url("client_change", robot.client.pk)
    assert messages_of(response) == [f"Added the key {kid}." for kid in kids]
    rows = ClientKey.objects.order_by("pk")
    assert [row.kid for row in rows] == kids
    for row in rows:
        assert row.description == "hall 2"
        assert row.created_by.get_username() == "ada"
        assert row.expires_at - row.created_at == timedelta(days=7)


def test_pasted_certificate_is_added_with_what_it_says(boss: HttpClient, robot: Registered):
    text = certificate_pem()
    [pasted] = read_pasted_keys(text)
    paste(boss, robot, text)
    page = page_of(boss, robot)
    for shown in (pasted.sha256_thumbprint, "O=Example,CN=orders", "certificate, P-256"):
        assert shown in page


def test_key_that_no_method_uses_is_said_so(boss: HttpClient, registered: Registered):
    response = paste(boss, registered, jwk_text(kid="1"))
    assert messages_of(response) == ["Added the key 1.", NO_METHOD]


@pytest.mark.parametrize(
    "text",
    [
        private_pem_text(),
        jwk_text(d=SECRET_PART),
        "Bag Attributes\n" + private_pem_text() + certificate_pem(),
    ],
    ids=["PEM", "JWK", "beside a certificate"],
)
def test_private_key_is_refused_and_not_shown_again(boss: HttpClient, robot: Registered, text: str):
    response = paste(boss, robot, text)
    assert response.status_code == 200
    assert response.context["form"].errors == {"pasted": [PRIVATE_KEY_SENTENCE]}
    assert SECRET_PART not in response.content.decode()
    assert SECRET_PART not in str(dict(boss.session)) + str(list(AuditEvent.objects.values()))
    assert not ClientKey.objects.exists()


@pytest.mark.parametrize(
    "fields, field, error",
    [
        ({"pasted": ""}, "pasted", "This field is required."),
        (
            {"pasted": "my key"},
            "pasted",
            "Paste a JWK, a JWK Set, a PEM public key, or a PEM certificate.",
        ),
        ({"lifetime_days": "0"}, "lifetime_days", "Ensure this value is greater than or equal to"),
        ({"description": "x" * 201}, "description", "at most 200 characters (it has 201)."),
        ({"pasted": jwk_text(kid="first")}, "pasted", "a key with the id first already."),
        (
            {"pasted": certificate_pem(begins=timezone.now() - timedelta(days=9), days=8)},
            "pasted",
            "The certificate O=Example,CN=orders has expired.",
        ),
    ],
    ids=["nothing", "a word", "no day", "long description", "known key", "old certificate"],
)
def test_bad_field_adds_no_key_and_keeps_no_text(
    boss: HttpClient, robot: Registered, key: ClientKey, fields, field: str, error: str
):
    fields = {"pasted": jwk_text(1), **fields}
    response = boss.post(url(ADD, robot.client.pk), fields)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert error in response.context["form"].errors[field][0]
    assert ">\n</textarea>" in response.content.decode()
    assert list(ClientKey.objects.all()) == [key]


def test_report_of_an_error_has_no_pasted_text(boss: HttpClient, robot: Registered):
    request = paste(boss, robot, "my key").wsgi_request
    assert request.sensitive_post_parameters == ("pasted",)


def test_form_that_is_sent_twice_adds_one_key(boss: HttpClient, robot: Registered):
    for _ in range(2):
        response = paste(boss, robot, jwk_text(kid="1"))
    assert "This client has a key with the id 1 already." in response.content.decode()
    assert ClientKey.objects.count() == 1


# Revoke


def test_revoking_asks_first(boss: HttpClient, robot: Registered, key: ClientKey):
    page = boss.get(url(REVOKE, robot.client.pk, key.pk)).content.decode()
    assert "Revoke the key first" in page
    assert "What is signed or proven with this key is refused from now on." in page
    key.refresh_from_db()
    assert key.state == "active"


def test_revoked_key_is_over(boss: HttpClient, robot: Registered, key: ClientKey):
    response = boss.post(url(REVOKE, robot.client.pk, key.pk))
    assert response.url == url("client_change", robot.client.pk)
    assert messages_of(response) == ["Revoked the key first."]
    key.refresh_from_db()
    assert key.state == "revoked"
    assert url(REVOKE, robot.client.pk, key.pk) not in page_of(boss, robot)


def test_key_that_was_revoked_already_is_said_so(
    boss: HttpClient, robot: Registered, key: ClientKey, actor
):
    revoke_client_key(key, actor=actor)
    response = boss.post(url(REVOKE, robot.client.pk, key.pk))
    assert messages_of(response) == ["The key first was revoked already."]
    assert AuditEvent.objects.filter(kind="client_key.revoked").count() == 1
    assert not LogEntry.objects.exists()


def test_key_of_another_client_is_not_found(
    boss: HttpClient, registered: Registered, key: ClientKey
):
    assert boss.post(url(REVOKE, registered.client.pk, key.pk)).status_code == 404
    key.refresh_from_db()
    assert key.state == "active"


def test_each_change_is_audited_and_in_the_history(boss: HttpClient, robot: Registered):
    AuditEvent.objects.all().delete()
    paste(boss, robot, jwk_text(kid="1"))
    boss.post(url(REVOKE, robot.client.pk, ClientKey.objects.get().pk))
    events = AuditEvent.objects.order_by("pk")
    rows = events.values_list("kind", "actor_name", "address", "client_identifier", "detail")
    who = ("ada", "192.0.2.7", robot.client_id, {"kid": "1"})
    assert list(rows) == [("client_key.created", *who), ("client_key.revoked", *who)]
    entries = LogEntry.objects.order_by("pk").values_list("object_repr", "change_message")
    assert list(entries) == [("Robot", "Added the key 1."), ("Robot", "Revoked the key 1.")]


@pytest.mark.parametrize("codenames", [("view_client",), ("view_client", "change_client")], ids=str)
def test_keys_are_not_for_those_without_the_permission(
    sign_in, robot: Registered, key: ClientKey, codenames
):
    http = sign_in(*codenames)
    for address in (url(ADD, robot.client.pk), url(REVOKE, robot.client.pk, key.pk)):
        assert address not in page_of(http, robot)
        assert http.get(address).status_code == 403
        assert http.post(address, {"pasted": jwk_text(1)}).status_code == 403
    assert [row.state for row in ClientKey.objects.all()] == ["active"]


def test_permission_to_rotate_and_to_look_is_enough(sign_in, robot: Registered):
    http = sign_in("view_client", "rotate_secret")
    assert url(ADD, robot.client.pk) in page_of(http, robot)
    assert paste(http, robot, jwk_text(kid="1")).status_code == 302
    assert robot.client.keys.get().kid == "1"


# The table


def test_client_without_keys_says_so(boss: HttpClient, robot: Registered):
    assert "It has no key or certificate registered here." in page_of(boss, robot)


def test_bare_key_is_shown_with_its_kind(boss: HttpClient, robot: Registered, key: ClientKey):
    page = page_of(boss, robot)
    row = '<th scope="row"><code>first</code><span class="m2m-quiet">key, P-256</span></th>'
    assert row in page


@pytest.mark.parametrize(
    "fields, state, is_marked",
    [
        ({}, "active", False),
        ({"expires_at": 29}, "active", True),
        ({"expires_at": 31}, "active", False),
        ({"expires_at": -1}, "expired", False),
        ({"not_before": 1}, "not yet valid", False),
        ({"expires_at": 29, "revoked_at": 0}, "revoked", False),
    ],
    ids=["for ever", "soon", "later", "over", "to come", "revoked"],
)
def test_state_of_a_key_is_shown(
    boss: HttpClient, robot: Registered, key: ClientKey, fields, state: str, is_marked
):
    now = timezone.now()
    moments = {name: now + timedelta(days=days) for name, days in fields.items()}
    ClientKey.objects.update(**moments)
    page = page_of(boss, robot)
    css = state.replace(" ", "-")
    assert f'<span class="m2m-state-{css}">{state}</span>' in page
    assert ("expires soon" in page) is is_marked


def test_page_takes_no_more_queries_for_more_keys(boss: HttpClient, robot: Registered, ada):
    address, actor = url("client_change", robot.client.pk), Actor("ada", ada)
    add_client_keys(robot.client, read_pasted_keys(jwk_text(kid="0")), actor=actor)
    before = queries_of(boss, address)
    add_client_keys(robot.client, read_pasted_keys(jwks_text("1", "2", "3")), actor=actor)
    assert queries_of(boss, address) == before


def test_script_in_a_key_is_escaped(boss: HttpClient, robot: Registered):
    script = "<script>alert(1)</script>"
    paste(boss, robot, jwk_text(kid=script), description=script)
    paste(boss, robot, certificate_pem(script))
    pk = ClientKey.objects.get(kid=script).pk
    for page in (page_of(boss, robot), boss.get(url(REVOKE, robot.client.pk, pk)).content.decode()):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
