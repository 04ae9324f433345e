from datetime import timedelta

import pytest
from django.utils import timezone

from oauth_m2m.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("identifier, text", [("job", "token.refused job"), ("", "token.refused")])
def test_text_of_an_event_is_what_and_whose(identifier, text):
    assert str(AuditEvent(kind="token.refused", client_identifier=identifier)) == text


def test_newest_event_comes_first():
    now = timezone.now()
    for kind, age in [("b", 1), ("c", 2), ("a", 0), ("d", 2)]:
        AuditEvent.objects.create(kind=kind, created_at=now - timedelta(hours=age))
    assert [event.kind for event in AuditEvent.objects.all()] == ["a", "b", "d", "c"]
