from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AuditEvent, ClientSecret
from oauth_m2m.operations.credentials import add_secret, revoke_secret
from tests.admin.pages import form_of, messages_of, secrets_in, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

STALE = (
    "The secrets of this client were changed since you opened the page. Nothing was done; look"
    " at them again and decide anew."
)
ADD, ROTATE = "client_add_secret", "client_rotate_secret"


@pytest.fixture
def post(boss: HttpClient):
    """Open a page, change some of its fields, and send it."""

    def post(name: str, registered: Registered, **fields):
        address = url(name, registered.client.pk)
        return boss.post(address, {**form_of(boss.get(address)), **fields})

    return post


def newest(registered: Registered) -> ClientSecret:
    return registered.client.secrets.first()


def works(post_token, registered: Registered) -> bool:
    fields = {"grant_type": "client_credentials", **registered.credentials}
    return post_token(fields).status_code == 200


def test_form_knows_the_settings(boss: HttpClient, registered: Registered, settings):
    settings.OAUTH_M2M = {
        "ROTATION_OVERLAP": timedelta(minutes=90),
        "SECRET_LIFETIME": timedelta(days=90),
    }
    response = boss.get(url(ROTATE, registered.client.pk))
    assert form_of(response) == {
        "ending": "moment",
        "overlap_hours": "1.5",
        "unused_hours": "1.5",
        "expected_newest": registered.key_id,
        "expected_offer": f"{registered.key_id}/",
    }
    assert "Empty: 90, the setting SECRET_LIFETIME." in response.content.decode()


def test_form_says_that_a_secret_lives_for_ever_without_the_setting(
    boss: HttpClient, registered: Registered
):
    response = boss.get(url(ADD, registered.client.pk))
    assert "Empty: it lives until you revoke it." in response.content.decode()


def test_added_secret_is_one_more(post, registered: Registered, post_token):
    response = post(ADD, registered, description="second hall", lifetime_days="7")
    assert response.status_code == 200
    assert len(secrets_in(response)) == 1
    added = newest(registered)
    assert added.description == "second hall"
    assert added.expires_at - added.created_at == timedelta(days=7)
    assert added.created_by.get_username() == "ada"
    assert works(post_token, registered)


def test_first_secret_of_a_client_can_be_added(post, registered: Registered):
    registered.client.secrets.all().delete()
    assert len(secrets_in(post(ADD, registered))) == 1


def test_rotated_secret_leaves_the_old_one_its_time(post, registered: Registered, post_token):
    response = post(ROTATE, registered, overlap_hours="0.5")
    assert len(secrets_in(response)) == 1
    old = ClientSecret.objects.get(key_id=registered.key_id)
    remaining = old.expires_at - timezone.now()
    assert timedelta(minutes=29) < remaining <= timedelta(minutes=30)
    assert works(post_token, registered)


def test_rotated_secret_lets_the_old_one_work_while_it_is_used(
    post, registered: Registered, post_token
):
    response = post(ROTATE, registered, ending="unused", unused_hours="36")
    assert len(secrets_in(response)) == 1
    old = ClientSecret.objects.get(key_id=registered.key_id)
    assert (old.unused_limit, old.latest_end_at) == (timedelta(hours=36), None)
    assert works(post_token, registered)


def test_ending_needs_its_own_hours_only(post, registered: Registered):
    response = post(ROTATE, registered, ending="unused", unused_hours="", overlap_hours="")
    assert dict(response.context["form"].errors) == {
        "unused_hours": ["Say how many hours, or choose another ending."]
    }
    assert len(secrets_in(post(ROTATE, registered, ending="now", overlap_hours=""))) == 1


def test_form_offers_a_day_where_the_setting_is_no_time(
    boss: HttpClient, registered: Registered, settings
):
    settings.OAUTH_M2M = {"ROTATION_OVERLAP": 0}
    offered = form_of(boss.get(url(ROTATE, registered.client.pk)))
    assert (offered["overlap_hours"], offered["unused_hours"]) == ("0", "24")


def test_rotated_secret_ends_the_old_one_when_asked_to(post, registered: Registered, post_token):
    response = post(ROTATE, registered, ending="now", lifetime_days="1")
    assert len(secrets_in(response)) == 1
    assert ClientSecret.objects.get(key_id=registered.key_id).state == "revoked"
    fresh = newest(registered)
    assert fresh.expires_at - fresh.created_at == timedelta(days=1)
    assert not works(post_token, registered)


@pytest.mark.parametrize(
    "name,field,typed,error",
    [
        (ADD, "lifetime_days", "0", "Ensure this value is greater than or equal to 1."),
        (ADD, "lifetime_days", "36501", "Ensure this value is less than or equal to 36500."),
        (ADD, "lifetime_days", "soon", "Enter a whole number."),
        (ADD, "description", "x" * 201, "at most 200 characters (it has 201)."),
        (ROTATE, "lifetime_days", "-1", "Ensure this value is greater than or equal to 1."),
        (ROTATE, "ending", "", "This field is required."),
        (ROTATE, "ending", "never", "Select a valid choice. never is not one of"),
        (ROTATE, "overlap_hours", "", "Say how many hours, or choose another ending."),
        (ROTATE, "overlap_hours", "-1", "Ensure this value is greater than or equal to 0."),
        (ROTATE, "overlap_hours", "inf", "Enter a number."),
        (ROTATE, "overlap_hours", "1e99", "Ensure this value is less than or equal to 876000."),
    ],
    ids=[
        "add: no days",
        "add: more than a century",
        "add: no number",
        "add: long description",
        "rotate: negative days",
        "rotate: no ending",
        "rotate: unknown ending",
        "rotate: no overlap",
        "rotate: negative overlap",
        "rotate: endless overlap",
        "rotate: overlap beyond the calendar",
    ],
)
def test_bad_field_makes_no_secret(
    post, registered: Registered, name: str, field: str, typed: str, error: str
):
    response = post(name, registered, **{field: typed})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert error in response.context["form"].errors[field][0]
    assert newest(registered).key_id == registered.key_id


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_form_that_is_sent_twice_makes_one_secret(
    boss: HttpClient, registered: Registered, name: str
):
    address = url(name, registered.client.pk)
    fields = form_of(boss.get(address))
    assert len(secrets_in(boss.post(address, fields))) == 1
    again = boss.post(address, fields)
    assert again.status_code == 302
    assert again.url == url("client_change", registered.client.pk)
    assert messages_of(again) == [STALE]
    assert registered.client.secrets.count() == 2


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_form_without_what_the_person_saw_makes_no_secret(
    boss: HttpClient, registered: Registered, name: str
):
    response = boss.post(url(name, registered.client.pk), {"ending": "now"})
    assert messages_of(response) == [STALE]
    assert registered.client.secrets.count() == 1


def test_stale_rotation_changes_no_old_secret(boss: HttpClient, registered: Registered, actor):
    address = url(ROTATE, registered.client.pk)
    fields = form_of(boss.get(address))
    add_secret(registered.client, actor=actor)
    boss.post(address, {**fields, "ending": "now"})
    assert [secret.state for secret in registered.client.secrets.all()] == ["active", "active"]


def test_revoking_asks_first(boss: HttpClient, registered: Registered):
    response = boss.get(url("client_revoke_secret", registered.client.pk, newest(registered).pk))
    assert f"Revoke the secret {registered.key_id}" in response.content.decode()
    assert newest(registered).state == "active"


def test_revoked_secret_is_refused(boss: HttpClient, registered: Registered, post_token):
    secret = newest(registered)
    response = boss.post(url("client_revoke_secret", registered.client.pk, secret.pk))
    assert response.url == url("client_change", registered.client.pk)
    assert messages_of(response) == [f"Revoked the secret {secret}."]
    assert not works(post_token, registered)


def test_secret_that_was_revoked_already_is_said_so(
    boss: HttpClient, registered: Registered, actor
):
    secret = newest(registered)
    revoke_secret(secret, actor=actor)
    response = boss.post(url("client_revoke_secret", registered.client.pk, secret.pk))
    assert messages_of(response) == [f"The secret {secret} was revoked already."]
    assert AuditEvent.objects.filter(kind="secret.revoked").count() == 1
    assert not LogEntry.objects.exists()


def test_secret_of_another_client_is_not_found(boss: HttpClient, registered: Registered, register):
    other = newest(register(name="Other"))
    response = boss.post(url("client_revoke_secret", registered.client.pk, other.pk))
    assert response.status_code == 404
    other.refresh_from_db()
    assert other.state == "active"


def test_each_change_is_audited_with_who_and_where(boss: HttpClient, post, registered: Registered):
    AuditEvent.objects.all().delete()
    post(ADD, registered)
    post(ROTATE, registered)
    boss.post(url("client_revoke_secret", registered.client.pk, newest(registered).pk))
    events = AuditEvent.objects.order_by("pk")
    rows = events.values_list("kind", "actor_name", "address", "client_identifier")
    assert list(rows) == [
        (kind, "ada", "192.0.2.7", registered.client_id)
        for kind in ("secret.created", "secret.rotated", "secret.revoked")
    ]


def test_each_change_is_in_the_history_of_the_client(
    boss: HttpClient, post, registered: Registered
):
    post(ADD, registered)
    added = newest(registered)
    post(ROTATE, registered)
    rotated = newest(registered)
    boss.post(url("client_revoke_secret", registered.client.pk, added.pk))
    entries = LogEntry.objects.order_by("pk").values_list("object_repr", "change_message")
    assert list(entries) == [
        ("A client", f"Added the secret {added.key_id}."),
        ("A client", f"Rotated: the new secret is {rotated.key_id}."),
        ("A client", f"Revoked the secret {added}."),
    ]


@pytest.mark.parametrize("name", [ADD, ROTATE])
def test_secret_is_nowhere_but_in_the_answer(
    boss: HttpClient, post, registered: Registered, name: str
):
    response = post(name, registered)
    (secret,) = secrets_in(response)
    assert messages_of(response) == []
    assert secret not in str(response.cookies)
    assert secret not in str(dict(boss.session))
    assert secret not in str(list(LogEntry.objects.values()))
    assert secret not in str(list(AuditEvent.objects.values()))
    for page in ("client_change", "client_history", ADD, ROTATE):
        assert secrets_in(boss.get(url(page, registered.client.pk))) == set()


@pytest.mark.parametrize("codenames", [("view_client",), ("view_client", "change_client")], ids=str)
def test_secrets_are_not_for_those_without_the_permission(
    sign_in, registered: Registered, codenames
):
    http, pk, secret = sign_in(*codenames), registered.client.pk, newest(registered)
    fields = {"overlap_hours": "1", "ending": "now", "expected_newest": secret.key_id}
    for address in (url(ADD, pk), url(ROTATE, pk), url("client_revoke_secret", pk, secret.pk)):
        assert http.get(address).status_code == 403
        assert http.post(address, fields).status_code == 403
    assert [row.state for row in registered.client.secrets.all()] == ["active"]


def test_permission_to_rotate_and_to_look_is_enough(sign_in, registered: Registered):
    http = sign_in("view_client", "rotate_secret")
    address = url(ROTATE, registered.client.pk)
    assert len(secrets_in(http.post(address, form_of(http.get(address))))) == 1
