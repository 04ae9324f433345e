import pytest

from oauth_m2m.conf import m2m_settings
from oauth_m2m.setting_defaults import DEFAULTS


@pytest.mark.parametrize("key", DEFAULTS)
def test_each_default_is_a_value_that_its_setting_takes(key: str, settings):
    settings.OAUTH_M2M = {}
    read = getattr(m2m_settings, key)
    settings.OAUTH_M2M = {key: DEFAULTS[key]}
    assert getattr(m2m_settings, key) == read


def test_no_project_can_change_the_defaults_of_another():
    with pytest.raises(TypeError):
        DEFAULTS["ISSUER"] = "https://example.com"
