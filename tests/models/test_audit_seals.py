import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from oauth_m2m.models import AuditSeal
from tests.trails import seal, sealed

pytestmark = pytest.mark.django_db


def test_seal_says_its_number_and_no_digest():
    sealed(1)
    assert str(AuditSeal.objects.get()) == "batch 1"


def test_number_is_taken_once():
    sealed(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSeal.objects.create(sequence=1, digest="x", row_digests=[])


def test_seal_stays_while_it_has_rows():
    sealed(1)
    with pytest.raises(ProtectedError):
        AuditSeal.objects.all().delete()
    assert seal() == []
