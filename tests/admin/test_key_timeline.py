import pytest

from oauth_m2m.admin.key_timeline import Phase, timelines_of
from oauth_m2m.models import SigningKey
from tests.signing_keys import make_key

pytestmark = pytest.mark.django_db


def phases_of(key: SigningKey) -> list[tuple[str, str, str]]:
    """Return the phases of a key that is alone on its line."""
    [timeline] = timelines_of([key])
    [bar] = timeline.bars
    return [(phase.name, phase.x, phase.width) for phase in bar.phases]


@pytest.mark.parametrize(
    "moments, phases",
    [
        pytest.param(
            {"announced": -1, "signs": 1},
            [("announced", "0.00%", "66.67%"), ("signs", "66.67%", "33.33%")],
            id="announced",
        ),
        pytest.param({"announced": -1, "signs": -1}, [("signs", "0.00%", "100.00%")], id="active"),
        pytest.param(
            {"announced": -3, "signs": -2, "until": -1, "verifies": 1},
            [
                ("announced", "0.00%", "20.00%"),
                ("signs", "20.00%", "20.00%"),
                ("verifies", "40.00%", "40.00%"),
            ],
            id="retired",
        ),
        pytest.param(
            {"announced": -3, "signs": -3, "until": 1, "verifies": 1},
            [("signs", "0.00%", "66.67%")],
            id="retired without retention",
        ),
        pytest.param({"announced": -4, "signs": -3, "until": -2, "verifies": -1}, [], id="expired"),
    ],
)
def test_key_has_the_phases_that_it_goes_through(moments, phases):
    assert phases_of(make_key(**moments)) == phases


@pytest.mark.parametrize(
    "moments, now",
    [
        ({"announced": 1, "signs": 2}, "0.00%"),
        ({"announced": -1, "signs": 1}, "33.33%"),
        ({"announced": -1, "signs": -1}, "50.00%"),
        ({"announced": -4, "signs": -3, "until": -2, "verifies": -1}, "0.00%"),
    ],
    ids=["before all", "between", "after all", "none drawn"],
)
def test_now_has_its_place_among_the_moments(moments, now):
    [timeline] = timelines_of([make_key(**moments)])
    assert timeline.now_x == now


def test_next_key_begins_where_the_one_before_ends():
    old = make_key(announced=-90, signs=-90, until=1, verifies=2)
    new = make_key(announced=-1, signs=1)
    SigningKey.objects.filter(pk=new.pk).update(activates_at=old.retires_at)
    [timeline] = timelines_of(SigningKey.objects.all())
    assert [bar.key for bar in timeline.bars] == [new, old]
    assert [bar.phases for bar in timeline.bars] == [
        (Phase("announced", "20.00%", "40.00%"), Phase("signs", "60.00%", "40.00%")),
        (Phase("signs", "0.00%", "60.00%"), Phase("verifies", "60.00%", "20.00%")),
    ]
    assert timeline.now_x == "40.00%"


def test_keys_that_are_over_take_no_room_on_the_line():
    make_key(announced=-9, signs=-8, until=-7, verifies=-6)
    live = make_key(announced=-1, signs=-1)
    [timeline] = timelines_of(SigningKey.objects.all())
    assert [bar.phases for bar in timeline.bars] == [(Phase("signs", "0.00%", "100.00%"),), ()]
    assert timeline.bars[0].key == live


def test_each_algorithm_has_its_own_line():
    for algorithm in ("ES256", "EdDSA", "ES256"):
        make_key(algorithm, announced=-1, signs=-1)
    found = timelines_of(SigningKey.objects.all())
    # Which of the two comes first is the database's way to sort text.
    assert len(found) == 2
    assert {line.algorithm: len(line.bars) for line in found} == {"ES256": 2, "EdDSA": 1}
    assert timelines_of([]) == []


def test_key_that_cannot_be_decrypted_is_known():
    closed, _ = make_key(announced=-1, signs=-1), make_key(announced=-1, signs=-1)
    SigningKey.objects.filter(pk=closed.pk).update(private_key="closed")
    [timeline] = timelines_of(SigningKey.objects.all())
    assert [bar.is_decryptable for bar in timeline.bars] == [True, False]
