"""What the tests of operations share: the audit trail as plain rows."""

import pytest

from oauth_m2m.models import AuditEvent


@pytest.fixture
def trail(db: None):
    """Return the audit trail since the test began: kind, who, client id, reason, detail."""
    start = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def trail(*, after: int = 0):
        events = AuditEvent.objects.filter(pk__gt=start).order_by("pk")
        rows = events.values_list("kind", "actor_name", "client_identifier", "reason", "detail")
        return list(rows)[after:]

    return trail
