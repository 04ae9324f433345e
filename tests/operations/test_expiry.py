import pytest
from django.utils import timezone

from oauth_m2m.models import Client
from oauth_m2m.operations.expiry import SOON, ending_credentials, ending_signing_key
from tests.endings import DAY, make_client, make_credential
from tests.signing_keys import make_key

pytestmark = pytest.mark.django_db


def soon() -> list[str]:
    return [ending.key_id for ending in ending_credentials(timezone.now() + SOON)]


def test_what_ends_comes_soonest_first_whatever_it_is():
    robot, other = make_client(), make_client("Other")
    used = timezone.now() - DAY
    make_credential("key", robot, 20)
    make_credential("secret", other, 10, last_used_at=used)
    make_credential("certificate", robot, 5)
    found = ending_credentials(timezone.now() + SOON)
    assert [(ending.kind, ending.client, ending.days_left) for ending in found] == [
        ("certificate", robot, 5),
        ("secret", other, 10),
        ("key", robot, 20),
    ]
    assert [ending.last_used_at for ending in found] == [None, used, None]


@pytest.mark.parametrize("kind", ["secret", "key"])
@pytest.mark.parametrize(
    "days, fields, active",
    [
        (31, {}, True),
        (-1, {}, True),
        (None, {}, True),
        (5, {"revoked_at": timezone.now()}, True),
        (5, {}, False),
    ],
    ids=["later", "over", "never", "revoked", "client disabled"],
)
def test_what_needs_no_care_is_left_out(kind: str, days, fields, active):
    make_credential(kind, make_client(is_active=active), days, **fields)
    assert soon() == []


def test_list_is_bounded_and_kept_to_some_clients():
    robot, other = make_client(), make_client("Other")
    for number in range(4):
        make_credential("secret", robot, 4 + number, name=f"s{number}")
        make_credential("key", other, 3.5 + number, name=f"k{number}")
    until = timezone.now() + SOON
    found = ending_credentials(until, limit=3)
    assert [ending.key_id for ending in found] == ["k0", "s0", "k1"]
    mine = ending_credentials(until, clients=Client.objects.filter(pk=robot.pk))
    assert [ending.key_id for ending in mine] == ["s0", "s1", "s2", "s3"]


def test_two_statements_find_them(django_assert_num_queries):
    for number in range(3):
        client = make_client(f"Robot{number}")
        make_credential("secret", client, 3)
        make_credential("key", client, 3)
    with django_assert_num_queries(2):
        found = ending_credentials(timezone.now() + SOON)
        assert [ending.client.owner for ending in found] == [None] * 6


@pytest.mark.parametrize("days, left", [(0.01, 1), (1, 1), (1.5, 2), (-0.5, 0)])
def test_part_of_a_day_counts_as_one(days: float, left: int):
    make_credential("secret", make_client(), 3)
    [ending] = ending_credentials(timezone.now() + SOON)
    moved = type(ending)("secret", 1, "k", timezone.now() + days * DAY)
    assert moved.days_left == left


def test_signing_key_that_none_follows_is_found():
    make_key(announced=-90, signs=-90, until=-30, verifies=-29)
    key = make_key(announced=-30, signs=-30, until=20, verifies=21)
    ending = ending_signing_key(timezone.now() + SOON)
    assert ending is not None
    assert (ending.kind, ending.key_id, ending.client) == ("signing_key", key.kid, None)
    assert ending.expires_at == key.retires_at
    assert ending_signing_key(timezone.now() + 10 * DAY) is None


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{"announced": -30, "signs": -30}],
        [
            {"announced": -30, "signs": -30, "until": 5, "verifies": 6},
            {"announced": -1, "signs": 5},
        ],
        [{"announced": -30, "signs": -30, "until": -1, "verifies": 6}],
    ],
    ids=["no key", "no end", "another follows", "over"],
)
def test_signing_key_that_needs_no_care_is_not(keys):
    for moments in keys:
        make_key(**moments)
    assert ending_signing_key(timezone.now() + SOON) is None


def test_keys_of_the_setting_have_no_end(settings):
    make_key(announced=-30, signs=-30, until=20, verifies=21)
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "SIGNING_KEYS": ["a file"]}
    assert ending_signing_key(timezone.now() + SOON) is None


def test_key_of_another_algorithm_does_not_sign():
    make_key("EdDSA", announced=-30, signs=-30, until=20, verifies=21)
    assert ending_signing_key(timezone.now() + SOON) is None
