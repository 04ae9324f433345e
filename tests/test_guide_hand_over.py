"""The guide to hand-over links: its commands run, and what it says holds."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from oauth_m2m.admin.hand_over_fields import HandOverFields
from oauth_m2m.audit_kinds import AUDIT_KINDS
from oauth_m2m.conf import m2m_settings
from oauth_m2m.models import Client, HandOver, Scope
from oauth_m2m.operations.hand_overs import KEPT_FOR
from tests.guides import blocks, command

GUIDE = (Path(__file__).parent.parent / "docs/guides/hand-over.md").read_text()


@pytest.mark.django_db
def test_commands_of_the_guide_make_links():
    Scope.objects.create(name="orders:read")
    create, rotate = map(command, blocks("hand-over"))
    call_command(*create, stdout=StringIO())
    client_id = Client.objects.get().client_id
    words = [client_id if word == "CLIENT_ID" else word for word in rotate]
    call_command(*words, stdout=StringIO())
    hours = [(link.expires_at - link.created_at).total_seconds() / 3600 for link in links()]
    assert hours == [72, 8]
    link = HandOver.objects.first()
    call_command("m2m_revoke", "--hand-over", str(link.pk), stdout=StringIO())
    assert "`m2m_revoke --hand-over NUMBER`" in GUIDE
    assert [link.state for link in links()] == ["waiting", "withdrawn"]


def links() -> list[HandOver]:
    return list(HandOver.objects.order_by("pk"))


def test_guide_says_how_long_links_work_and_stay_in_sight():
    assert m2m_settings.HAND_OVER_LIFETIME.days == 3
    assert "three days unless set" in GUIDE
    assert KEPT_FOR.days == 30
    assert "were over for 30 days" in GUIDE


def test_guide_names_the_box_of_the_form():
    assert f"**{HandOverFields({}).fields['hand_over'].label}**" in GUIDE


def test_guide_names_each_kind_of_audit_row():
    kinds = [kind for kind in AUDIT_KINDS if kind.startswith("hand_over.")]
    assert [kind for kind in kinds if f"`{kind}`" not in GUIDE] == []
