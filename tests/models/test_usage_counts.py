from datetime import date

import pytest
from django.db import DataError, IntegrityError

from oauth_m2m.models import Client, UsageCount

pytestmark = pytest.mark.django_db

DAY = date(2030, 1, 2)


def test_one_row_for_each_client_day_and_kind():
    client = Client.objects.create(name="Nightly")
    row = {"client": client, "day": DAY, "kind": UsageCount.Kind.API_CALL}
    UsageCount.objects.create(**row)
    UsageCount.objects.create(**{**row, "kind": UsageCount.Kind.REFUSAL})
    UsageCount.objects.create(**{**row, "day": date(2030, 1, 3)})
    with pytest.raises(IntegrityError):
        UsageCount.objects.create(**row)


def test_count_is_never_negative():
    client = Client.objects.create(name="Nightly")
    with pytest.raises((IntegrityError, DataError)):
        UsageCount.objects.create(client=client, day=DAY, kind="api_call", count=-1)


def test_text_says_who_when_what_and_how_often():
    row = UsageCount(client=Client(name="Nightly"), day=DAY, kind="api_call", count=7)
    assert str(row) == "Nightly 2030-01-02 api_call: 7"
