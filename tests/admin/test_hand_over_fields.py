from datetime import timedelta

import pytest

from oauth_m2m.admin.hand_over_fields import HandOverFields


def test_nothing_chosen_is_no_link():
    form = HandOverFields({})
    assert form.is_valid()
    assert form.cleaned_data["hand_over"] is False
    assert form.link_lifetime is None


def test_empty_hours_mean_the_setting_and_the_form_says_so(settings):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "HAND_OVER_LIFETIME": timedelta(minutes=90)}
    form = HandOverFields({"hand_over": "on"})
    assert form.is_valid()
    assert form.link_lifetime is None
    assert "Empty: 1.5, the setting HAND_OVER_LIFETIME." in form.as_p()


def test_hours_may_be_a_fraction():
    form = HandOverFields({"hand_over": "on", "link_hours": "0.5"})
    assert form.is_valid()
    assert form.link_lifetime == timedelta(minutes=30)


@pytest.mark.parametrize(
    "typed, error",
    [
        pytest.param("0", "Ensure this value is greater than or equal to 0.01.", id="none"),
        pytest.param("1e99", "Ensure this value is less than or equal to 876000.", id="endless"),
        pytest.param("soon", "Enter a number.", id="no number"),
    ],
)
def test_bad_hours_are_refused(typed, error):
    form = HandOverFields({"hand_over": "on", "link_hours": typed})
    assert form.errors == {"link_hours": [error]}


def test_link_without_an_issuer_is_refused_before_anything_is_done(settings):
    settings.OAUTH_M2M = {"ISSUER": ""}
    assert HandOverFields({}).is_valid()
    [error] = HandOverFields({"hand_over": "on"}).errors["hand_over"]
    assert error.endswith("OAUTH_M2M has no ISSUER: set it first.")
