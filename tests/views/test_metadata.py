"""The issuer that the documents hang on."""

import pytest

from oauth_m2m.views.document import DocumentMissing
from oauth_m2m.views.metadata import required_issuer

HOST = "https://auth.example.com"


@pytest.mark.parametrize(
    "issuer, path",
    [
        pytest.param(HOST, "", id="no path, none asked for"),
        pytest.param(f"{HOST}/tenant", "", id="a path, none asked for"),
        pytest.param(f"{HOST}/tenant", "tenant", id="its path"),
        pytest.param(f"{HOST}/tenant", "tenant/", id="its path and a slash"),
        pytest.param(f"{HOST}/tenant/one", "tenant/one", id="its path of two parts"),
    ],
)
def test_issuer_is_found_at_its_path(settings, issuer, path):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    assert required_issuer(path) == issuer


@pytest.mark.parametrize(
    "issuer, path, message",
    [
        pytest.param("", "", "This server has no issuer: set", id="no issuer"),
        pytest.param("", "tenant", "This server has no issuer: set", id="no issuer at a path"),
        pytest.param(HOST, "tenant", "There is no issuer at this path.", id="an issuer elsewhere"),
        pytest.param(
            f"{HOST}/tenant", "tenan", "There is no issuer at this path.", id="half of its path"
        ),
        pytest.param(
            f"{HOST}/tenant", "TENANT", "There is no issuer at this path.", id="in capitals"
        ),
    ],
)
def test_missing_issuer_is_said(settings, issuer, path, message):
    settings.OAUTH_M2M = {"ISSUER": issuer}
    with pytest.raises(DocumentMissing, match=message):
        required_issuer(path)
