import math

import pytest

from oauth_m2m import usage
from oauth_m2m.after_answers import write_what_is_due
from oauth_m2m.errors import InvalidClient, Reason
from oauth_m2m.models import AuditEvent, UsageCount
from oauth_m2m.operations.credentials import rotate_secret
from oauth_m2m.refusals import record_refusal
from oauth_m2m.rotation.uses import record_retiring_use

pytestmark = pytest.mark.django_db


def test_what_waits_is_written_at_once(registered, actor, monkeypatch):
    monkeypatch.setattr(usage._pending, "last_flush", -math.inf)
    rotate_secret(registered.client, actor=actor)
    old = registered.client.secrets.get(key_id=registered.key_id)
    refusal = InvalidClient(Reason.UNKNOWN_CLIENT, client_id="nobody")

    usage.record_use(UsageCount.Kind.API_CALL, registered.client.pk)
    record_retiring_use(old.pk, "192.0.2.7")
    record_refusal("api.refused", refusal, "192.0.2.7", later=True)
    assert not AuditEvent.objects.filter(error_id=refusal.error_id).exists()
    write_what_is_due()

    assert UsageCount.objects.get().count == 1
    assert AuditEvent.objects.filter(error_id=refusal.error_id).exists()
    old.refresh_from_db()
    assert [address for address, _ in old.last_addresses] == ["192.0.2.7"]
