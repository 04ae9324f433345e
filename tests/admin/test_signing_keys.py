from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.keys.jwk import generate_private_key, private_pem
from oauth_m2m.keys.signing import forget_ring, signing_handle
from oauth_m2m.models import AuditEvent, SigningKey
from oauth_m2m.operations.signing_keys import rotate_signing_keys
from tests.admin.pages import form_of, messages_of, text_of, url
from tests.signing_keys import DAY

pytestmark = pytest.mark.django_db

LIST = "signingkey_changelist"
ROTATE = "signingkey_rotate"
ISSUER = "https://auth.example.com"


@pytest.fixture
def with_configured_keys(settings):
    """The keys come from the setting, as from a vault."""
    pem = private_pem(generate_private_key("ES256")).decode()
    settings.OAUTH_M2M = {"ISSUER": ISSUER, "SIGNING_KEYS": [pem]}
    forget_ring()


def send(http: HttpClient, **fields):
    """Fill in the form of a rotation, and send it."""
    return http.post(url(ROTATE), {**form_of(http.get(url(ROTATE))), **fields})


def is_about(moment, expected) -> bool:
    return abs(moment - expected) < timedelta(minutes=1)


def test_form_proposes_a_day_and_the_algorithm_in_use(boss: HttpClient, old_key):
    fields = form_of(boss.get(url(ROTATE)))
    assert fields == {"algorithm": "ES256", "announce_days": "1", "newest": old_key.pk}


def test_rotation_announces_a_new_key(boss: HttpClient, old_key):
    response = send(boss)
    assert response.url == url(LIST)
    new = SigningKey.objects.exclude(pk=old_key.pk).get()
    old_key.refresh_from_db()
    assert is_about(new.activates_at, timezone.now() + DAY)
    assert old_key.retires_at == new.activates_at
    assert is_about(old_key.expires_at, new.activates_at + timedelta(hours=1))
    [message] = messages_of(response)
    date = f"{timezone.localtime(new.activates_at):%m/%d/%Y}"
    assert message.startswith(f"Made the key {new}. It signs from {date} ")
    assert LogEntry.objects.get().change_message == message
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor_name, event.address, event.detail["kid"]) == (
        "signing_key.rotated",
        "ada",
        "192.0.2.7",
        new.kid,
    )


def test_rotation_takes_the_times_and_the_algorithm_of_the_form(boss: HttpClient, old_key):
    send(boss, announce_days="0", retain_days="7")
    new = SigningKey.objects.exclude(pk=old_key.pk).get()
    old_key.refresh_from_db()
    assert old_key.expires_at == new.activates_at + 7 * DAY
    assert signing_handle("ES256").kid == new.kid
    response = send(boss, algorithm="EdDSA")
    other = SigningKey.objects.get(algorithm="EdDSA")
    assert messages_of(response) == [f"Made the key {other}. It signs from now on."]


def test_first_key_can_be_made_by_hand(boss: HttpClient):
    response = send(boss)
    key = SigningKey.objects.get()
    assert messages_of(response) == [f"Made the key {key}. It signs from now on."]


def test_retention_of_no_time_ends_the_old_key_at_once(boss: HttpClient, old_key):
    send(boss, announce_days="0", retain_days="0")
    old_key.refresh_from_db()
    assert old_key.state == "expired"


def test_rotation_in_progress_is_said_and_nothing_is_done(boss: HttpClient, old_key, actor):
    new = rotate_signing_keys(actor=actor, algorithm="ES256", announce=DAY).key
    before = list(SigningKey.objects.values())
    [message] = messages_of(send(boss))
    assert message.startswith(
        f"Nothing was done: a rotation is in progress already. Its new key, {new}, signs from "
    )
    assert list(SigningKey.objects.values()) == before
    assert not LogEntry.objects.exists()


def test_form_that_is_sent_twice_makes_one_key(boss: HttpClient, old_key):
    fields = {**form_of(boss.get(url(ROTATE))), "announce_days": "0"}
    boss.post(url(ROTATE), fields)
    response = boss.post(url(ROTATE), fields)
    assert messages_of(response)[-1] == (
        "The keys changed since you opened the page. Nothing was done; look at them again and"
        " decide anew."
    )
    assert SigningKey.objects.count() == 2
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    "fields, error",
    [
        ({"algorithm": "HS256"}, "Select a valid choice. HS256 is not one of the available"),
        ({"announce_days": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"announce_days": ""}, "This field is required."),
        ({"announce_days": "nan"}, "Enter a number."),
        ({"retain_days": "40000"}, "Ensure this value is less than or equal to 36500."),
        ({"newest": "x"}, "Please correct the errors below."),
    ],
    ids=["symmetric", "in the past", "no time", "not a number", "too long", "not what was seen"],
)
def test_bad_field_is_refused_with_a_sentence(boss: HttpClient, old_key, fields, error: str):
    response = send(boss, **fields)
    assert response.status_code == 200
    assert error in response.content.decode()
    assert SigningKey.objects.get() == old_key


def test_viewer_sees_no_button_and_cannot_rotate_by_hand(sign_in, old_key):
    http = sign_in("view_signingkey")
    assert url(ROTATE) not in text_of(http, LIST)
    for response in (http.get(url(ROTATE)), http.post(url(ROTATE), {"algorithm": "ES256"})):
        assert response.status_code == 403
    assert SigningKey.objects.count() == 1


def test_colleague_with_the_permission_rotates(sign_in, old_key):
    http = sign_in("change_signingkey")
    assert url(ROTATE) in text_of(http, LIST)
    assert send(http).status_code == 302
    assert SigningKey.objects.count() == 2


def test_rotation_needs_the_token_against_forged_requests(ada, old_key):
    http = HttpClient(enforce_csrf_checks=True)
    http.force_login(ada)
    fields = {"algorithm": "ES256", "announce_days": "0", "newest": old_key.pk}
    assert http.post(url(ROTATE), fields).status_code == 403
    assert SigningKey.objects.count() == 1


# Keys from the setting


def test_list_says_that_keys_come_from_the_setting(boss: HttpClient, old_key, with_configured_keys):
    page = text_of(boss, LIST)
    assert "The keys come from the setting SIGNING_KEYS" in page
    assert "<strong>not used</strong>" in page
    assert "Tokens are signed with" not in page
    assert url(ROTATE) not in page


def test_keys_of_the_setting_are_not_rotated_here(boss: HttpClient, old_key, with_configured_keys):
    for response in (boss.get(url(ROTATE)), boss.post(url(ROTATE), {"algorithm": "ES256"})):
        assert response.url == url(LIST)
    assert messages_of(response)[-1] == (
        "Nothing was done: the keys come from the setting SIGNING_KEYS."
    )
    assert SigningKey.objects.get() == old_key
