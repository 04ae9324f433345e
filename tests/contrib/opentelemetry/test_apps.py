"""One line of INSTALLED_APPS measures, in a process of its own with the SDK's global provider."""

from pathlib import Path

from tests.test_installation import Site


def test_line_in_installed_apps_measures_whatever_provider_is_set_later(tmp_path: Path):
    site = Site("measured", tmp_path)
    assert site.run("django", "check") == "System check identified no issues (0 silenced).\n"
    site.run("django", "migrate", "--verbosity=0")
    assert site.tell("measured_call") == {"oauth_m2m.token.issued": 1}
