import pytest
from django.test import Client as HttpClient

from oauth_m2m.admin.client_form import ClientForm
from oauth_m2m.models import Client
from tests.admin.pages import form_of, url

pytestmark = pytest.mark.django_db


def send(boss: HttpClient, **fields):
    """Fill in the form for a new client, and return the errors of the page that comes back."""
    page = boss.get(url("client_add"))
    response = boss.post(url("client_add"), {**form_of(page), "name": "A robot", **fields})
    if response.context is None or "adminform" not in response.context:
        return {}
    return dict(response.context["adminform"].form.errors)


def test_new_form_has_an_id_and_both_methods(boss: HttpClient):
    fields = form_of(boss.get(url("client_add")))
    assert fields == {
        "client_id": fields["client_id"],
        "auth_methods": ["client_secret_basic", "client_secret_post"],
        "metadata": "{}",
    }
    assert len(fields["client_id"]) == 32


def test_each_new_form_has_another_id(boss: HttpClient):
    first, second = (form_of(boss.get(url("client_add"))) for _ in range(2))
    assert first["client_id"] != second["client_id"]


@pytest.mark.parametrize(
    "fields,errors",
    [
        ({"name": ""}, {"name": ["This field is required."]}),
        ({"client_id": ""}, {"client_id": ["This field is required."]}),
        (
            {"client_id": "a b"},
            {
                "client_id": [
                    (
                        "A client id has letters, digits, dots, dashes and underscores only, so"
                        " that no client needs to encode it."
                    )
                ]
            },
        ),
        ({"auth_methods": []}, {"auth_methods": ["This field is required."]}),
        (
            {"auth_methods": ["none"]},
            {"auth_methods": ["Select a valid choice. none is not one of the available choices."]},
        ),
        (
            {"allowed_networks": "10.0.0.0/8\nhome"},
            {
                "allowed_networks": [
                    "home is not a network. Write it like 10.0.0.0/8 or 2001:db8::/32."
                ]
            },
        ),
        (
            {"rate_limit": "fast"},
            {
                "rate_limit": [
                    "fast is not a rate. Write it like 10/s, 100/min, 1000/h or 5000/day."
                ]
            },
        ),
        (
            {"token_lifetime": "0"},
            {"token_lifetime": ["Ensure this value is greater than or equal to 1."]},
        ),
        (
            {"contact_email": "nobody"},
            {"contact_email": ["Enter a valid email address."]},
        ),
        (
            {"owner": "999999"},
            {"owner": ["Select a valid choice. That choice is not one of the available choices."]},
        ),
        (
            {"granted_scopes-999999": "default"},
            {"granted_scopes": ["A scope was deleted since you opened the page. Look again."]},
        ),
        (
            {"resource_servers": ["999999"]},
            {
                "resource_servers": [
                    "Select a valid choice. 999999 is not one of the available choices."
                ]
            },
        ),
        ({"metadata": "{"}, {"metadata": ["Enter a valid JSON."]}),
        (
            {"jwks_uri": "http://keys.example.com/"},
            {
                "jwks_uri": ["Enter an address that begins with https://."],
            },
        ),
        (
            {"tls_subject_0": "san_ip", "tls_subject_1": "here"},
            {"tls_subject": ["That is no IP address."]},
        ),
        (
            {"profile": "strict"},
            {"profile": ["Select a valid choice. strict is not one of the available choices."]},
        ),
    ],
    ids=[
        "no name",
        "no client id",
        "client id with a space",
        "no method",
        "unknown method",
        "line that is no network",
        "rate that is none",
        "no lifetime",
        "bad email",
        "unknown owner",
        "unknown scope",
        "unknown resource server",
        "broken JSON",
        "keys over http",
        "certificate of no address",
        "unknown profile",
    ],
)
def test_bad_field_is_refused_with_a_sentence(boss: HttpClient, fields, errors):
    assert send(boss, **fields) == errors
    assert not Client.objects.exists()


def test_metadata_is_stored_as_json(boss: HttpClient):
    assert send(boss, metadata='{"team": "é"}') == {}
    assert Client.objects.get().metadata == {"team": "é"}


def test_metadata_that_cannot_be_stored_is_shown_as_typed(boss: HttpClient):
    fields = {**form_of(boss.get(url("client_add"))), "name": "x", "metadata": r'["\ud800"]'}
    response = boss.post(url("client_add"), fields)
    assert response.status_code == 200
    assert r"[&quot;\ud800&quot;]" in response.content.decode()
    assert not Client.objects.exists()


def test_networks_are_stored_as_a_list(boss: HttpClient):
    assert send(boss, allowed_networks="10.0.0.0/8\r\n::1/128") == {}
    assert Client.objects.get().allowed_networks == ["10.0.0.0/8", "::1/128"]


def test_id_that_is_taken_is_refused_with_advice(boss: HttpClient):
    send(boss, client_id="robot")
    assert send(boss, client_id="robot") == {
        "client_id": [
            (
                "There is a client with this id already. If you sent the form twice, the first time"
                " registered it: find it in the list."
            )
        ]
    }
    assert Client.objects.count() == 1


def test_signed_tokens_can_be_chosen_where_there_is_an_issuer(boss: HttpClient, settings):
    settings.OAUTH_M2M = {}
    assert send(boss, token_format="jwt") == {
        "token_format": [
            (
                "A signed token says who issued it, and OAUTH_M2M has no ISSUER: set it to this"
                " server's public URL first."
            )
        ]
    }
    settings.OAUTH_M2M = {"ISSUER": "https://auth.example.com"}
    assert send(boss, token_format="jwt") == {}
    assert Client.objects.get().token_format == "jwt"


def test_field_that_can_only_be_looked_at_gets_no_help():
    # What the admin makes of the form for a field in readonly_fields.
    read_only = type("ReadOnlyFormat", (ClientForm,), {"token_format": None})
    fields = read_only().fields
    assert "token_format" not in fields
    assert fields["token_lifetime"].help_text.startswith("Seconds that a token lives.")
