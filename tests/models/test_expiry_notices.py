import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oauth_m2m.models import ClientKey, ExpiryNotice

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(registered) -> dict[str, dict]:
    """The two kinds of credentials, as a notice names them."""
    key = ClientKey.objects.create(client=registered.client, kid="k", public_jwk={})
    return {"secret": {"secret": registered.client.secrets.get()}, "key": {"key": key}}


@pytest.mark.parametrize("kind", ["secret", "key"])
def test_notice_is_there_once_for_each_end_and_each_time_to_tell(of, kind: str):
    end = timezone.now()
    ExpiryNotice.objects.create(**of[kind], ends_at=end, days=7)
    ExpiryNotice.objects.create(**of[kind], ends_at=end, days=1)
    ExpiryNotice.objects.create(**of[kind], ends_at=timezone.now(), days=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpiryNotice.objects.create(**of[kind], ends_at=end, days=7)


@pytest.mark.parametrize("kinds", [(), ("secret", "key")], ids=["none", "both"])
def test_notice_is_of_one_credential(of, kinds):
    fields = {name: row for kind in kinds for name, row in of[kind].items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpiryNotice.objects.create(**fields, ends_at=timezone.now(), days=7)


def test_notice_goes_with_its_credential(of):
    notice = ExpiryNotice.objects.create(**of["key"], ends_at=timezone.now(), days=7)
    assert str(notice) == f"7 days before {timezone.now():%Y-%m-%d}"
    of["key"]["key"].delete()
    assert not ExpiryNotice.objects.exists()
