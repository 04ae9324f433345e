"""Whatever arrives is answered as JSON without an error of ours and without an echo."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oauth_m2m.models import AuditEvent
from tests.conftest import FORM, TOKEN_URL

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit(settings):
    # One address fails here hundreds of times, and each time must be looked at.
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TOKEN_ENDPOINT_RATE": {"address": ""}}


# Each example adds rows to the same transaction, which is what we want: nothing that one
# request leaves behind may break the next.
bounded = hypothesis_settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

NAMES = st.sampled_from(
    ["grant_type", "scope", "client_id", "client_secret", "client_assertion", "resource", ""]
)
VALUES = st.one_of(st.text(max_size=40), st.just("client_credentials"), st.just("orders:read"))
# What a server may hand over as a header: any Latin-1 text; and more, to be sure.
HEADERS = st.one_of(
    st.text(max_size=80),
    st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")),
    st.builds(
        lambda scheme, rest: scheme + rest,
        st.sampled_from(["Basic ", "basic\t", "Bearer ", "Bearer m2mt_", "Digest "]),
        st.text(max_size=80),
    ),
)


def assert_answered(response, secret: str) -> None:
    assert response.status_code < 500
    assert response.headers["Content-Type"] == "application/json"
    assert isinstance(response.json(), dict)
    assert secret not in f"{response.content.decode()}{response.headers}"


@given(before=st.binary(max_size=60), after=st.binary(max_size=60))
@bounded
def test_any_bytes_as_body(registered, http, before, after):
    body = before + registered.secret.encode() + after
    assert_answered(http.post(TOKEN_URL, body, content_type=FORM), registered.secret)


@given(fields=st.lists(st.tuples(st.one_of(NAMES, VALUES), VALUES), max_size=8))
@bounded
def test_any_parameters(registered, http, fields):
    pairs = [*fields, ("x", registered.secret)]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    assert_answered(http.post(TOKEN_URL, body, content_type=FORM), registered.secret)


@given(header=HEADERS)
@bounded
def test_any_authorization_at_the_token_endpoint(registered, post_token, header):
    response = post_token(
        "grant_type=client_credentials", Authorization=f"{header}{registered.secret}"
    )
    assert response.status_code in {400, 401}
    assert_answered(response, registered.secret)


@given(pair=st.binary(max_size=60))
@bounded
def test_any_bytes_inside_basic(registered, post_token, pair):
    header = "Basic " + b64encode(pair + registered.secret.encode()).decode()
    response = post_token("grant_type=client_credentials", Authorization=header)
    assert response.status_code == 401
    assert_answered(response, registered.secret)


@given(header=HEADERS)
@bounded
@pytest.mark.parametrize("url", ["/api/orders/", "/reports/daily"])
def test_any_authorization_at_an_api(registered, http, url, header):
    response = http.get(url, headers={"Authorization": f"{header}{registered.secret}"})
    assert response.status_code in {400, 401}
    assert_answered(response, registered.secret)


@given(client_id=st.text(max_size=300))
@bounded
def test_any_client_id_is_audited_in_printable_words(registered, http, client_id):
    body = f"grant_type=client_credentials&client_secret={registered.secret}"
    body += f"&client_id={quote_plus(client_id)}"
    assert_answered(http.post(TOKEN_URL, body, content_type=FORM), registered.secret)
    noted = AuditEvent.objects.order_by("-pk")[0].client_identifier
    assert noted == "" or noted.isprintable()


@given(remote=st.text(max_size=40), forwarded=st.text(max_size=60))
@bounded
def test_any_address(registered, http, settings, remote, forwarded):
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "TRUSTED_PROXIES": ["0.0.0.0/0", "::/0"]}
    response = http.post(
        TOKEN_URL,
        b"x",
        content_type=FORM,
        REMOTE_ADDR=remote,
        headers={"X-Forwarded-For": forwarded},
    )
    assert response.status_code == 400
    assert_answered(response, registered.secret)
