"""What ``manage.py check`` says of names that nobody reads: E001, W013."""

import pytest
from django.core.checks import Error, Warning, run_checks  # noqa: A004 - Django's names
from django.test import override_settings

from oauth_m2m.checks.setting_names import check_setting_names
from oauth_m2m.setting_defaults import DEFAULTS

KEYS = f"The keys are {', '.join(sorted(DEFAULTS))}."


def e001(key: str, advice: str) -> Error:
    text = f"OAUTH_M2M has the unknown key {key!r}."
    return Error(text, hint=f"{advice}{KEYS}", id="oauth_m2m.E001")


@pytest.mark.parametrize(
    "key, advice",
    [
        ("ISSUR", "Did you mean 'ISSUER'? "),
        ("issuer", "Did you mean 'ISSUER'? "),
        ("TRUSTED_PROXY", "Did you mean 'TRUSTED_PROXIES'? "),
        ("SOMETHING_ELSE", ""),
    ],
)
def test_e001_names_the_unknown_key_and_the_nearest(key, advice):
    with override_settings(OAUTH_M2M={key: "x"}):
        assert check_setting_names(None) == [e001(key, advice)]


def test_e001_names_each():
    with override_settings(OAUTH_M2M={"ISSUR": "x", "AAA": 1}):
        assert [message.msg for message in check_setting_names(None)] == [
            "OAUTH_M2M has the unknown key 'AAA'.",
            "OAUTH_M2M has the unknown key 'ISSUR'.",
        ]


@pytest.mark.parametrize("configured", [{"ISSUER": "https://a.example"}, {}, ["ISSUER"]], ids=str)
def test_right_names_are_silent_and_what_is_no_dict_is_left_to_another_check(configured):
    with override_settings(OAUTH_M2M=configured):
        assert check_setting_names(None) == []


@pytest.mark.parametrize(
    "name", ["OAUTH_MTM", "OAUTH2_M2M", "OAUTHM2M", "OAUTH_M2M_ISSUER", "OAUTH_M2M_TOKEN_FORMAT"]
)
def test_w013_names_a_setting_that_is_nearly_ours(name):
    with override_settings(**{name: {}}):
        assert check_setting_names(None) == [
            Warning(
                f"The setting {name} is read by nobody.",
                hint="All settings of oauth_m2m are keys of the dict OAUTH_M2M.",
                id="oauth_m2m.W013",
            )
        ]


@pytest.mark.parametrize("name", ["OAUTH2_PROVIDER", "OAUTH_M2M_OF_THE_HOST", "SOCIAL_AUTH_M2M"])
def test_settings_of_others_are_silent(name):
    with override_settings(**{name: {}}):
        assert check_setting_names(None) == []


@override_settings(
    OAUTH_MTM={},
    ROOT_URLCONF="example_project.urls",
    SILENCED_SYSTEM_CHECKS=["oauth_m2m.W013"],
)
def test_w013_can_be_silenced():
    found = [message for message in run_checks() if message.id == "oauth_m2m.W013"]
    assert [message.is_silenced() for message in found] == [True]
