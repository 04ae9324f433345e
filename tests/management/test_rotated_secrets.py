from datetime import timedelta

import pytest

from oauth_m2m.management.rotated_secrets import Rotated, as_data, as_lines, ends_of
from oauth_m2m.models import ClientSecret
from oauth_m2m.operations.credentials import rotate_secret

pytestmark = pytest.mark.django_db


def test_old_secrets_are_those_that_end_by_then(registered, actor):
    pks = [secret.pk for secret in ClientSecret.objects.all()]
    assert ends_of(pks) == []
    new = rotate_secret(registered.client, actor=actor, overlap=timedelta(hours=1))
    [(old, end)] = ends_of([*pks, new.pk])
    assert (old.key_id, end) == (registered.key_id, old.expires_at)


def test_both_forms_have_the_secret_once(registered, actor):
    new = rotate_secret(registered.client, actor=actor)
    rotated = Rotated(registered.client, new, ends_of([]))
    assert list(as_lines(rotated)).count(new.clear_secret) == 1
    assert str(as_data(rotated)).count(new.clear_secret) == 1
    assert new.clear_secret not in repr(rotated)
