from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django.utils.translation import override

from oauth_m2m.operations.expiry import SOON, ending_credentials
from oauth_m2m.operations.expiry_mail import expiry_mail, recipients_of
from tests.endings import make_client, make_credential

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "contact, owner, active, expected",
    [
        ("", None, True, ()),
        ("team@example.com", None, True, ("team@example.com",)),
        ("", "ada@example.com", True, ("ada@example.com",)),
        ("team@example.com", "ada@example.com", True, ("team@example.com", "ada@example.com")),
        ("Ada@Example.com", "ada@example.com", True, ("ada@example.com",)),
        ("team@example.com", "", True, ("team@example.com",)),
        ("team@example.com", "ada@example.com", False, ("team@example.com",)),
    ],
    ids=["nobody", "contact", "owner", "both", "the same", "owner without address", "owner gone"],
)
def test_contact_and_owner_are_told_each_once(
    django_user_model, contact: str, owner: str | None, active, expected
):
    user = None
    if owner is not None:
        user = django_user_model.objects.create_user("ada", email=owner, is_active=active)
    assert recipients_of(make_client(contact_email=contact, owner=user)) == expected


def mail_about(*kinds: str, name: str = "Robot"):
    client = make_client("Robot")
    client.name = name
    for number, kind in enumerate(kinds):
        make_credential(
            kind, client, 6.5 + number, last_used_at=datetime(2026, 1, 31, 12, tzinfo=UTC)
        )
    endings = ending_credentials(timezone.now() + SOON)
    return expiry_mail(client, ["team@example.com"], endings)


def test_mail_says_what_ends_when_and_what_to_do(settings):
    mail = mail_about("secret", "certificate")
    assert mail.subject == "Robot: its access ends in 7 days"
    assert mail.to == ["team@example.com"]
    lines = mail.body.splitlines()
    assert lines[0] == "What the client Robot (robot) proves itself with ends soon:"
    assert lines[2].startswith("- secret robot-secret ends on ")
    assert lines[2].endswith("; last used: Jan. 31, 2026, noon")
    assert lines[3].startswith("- certificate robot-certificate ends on ")
    assert "    python manage.py m2m_rotate_secret robot" in lines
    assert "Add the next key or certificate on the client's page before that day." in lines


@pytest.mark.parametrize("kind", ["secret", "key"])
def test_mail_advises_on_what_ends_alone(kind: str):
    body = mail_about(kind).body
    assert ("m2m_rotate_secret" in body) is (kind == "secret")
    assert ("Add the next key" in body) is (kind == "key")


def test_what_was_never_used_is_said_so():
    client = make_client()
    make_credential("key", client, 0.5)
    mail = expiry_mail(client, ["a@example.com"], ending_credentials(timezone.now() + SOON))
    assert mail.subject == "Robot: its access ends in 1 day"
    assert "last used: never used" in mail.body


def test_name_cannot_add_a_header():
    mail = mail_about("secret", name="Robot\nBcc: all@example.com")
    assert "\n" not in mail.subject
    assert mail.message()["Bcc"] is None


def test_moments_are_in_the_language_of_the_site():
    with override("de"):
        assert "31. Januar 2026" in mail_about("secret").body
