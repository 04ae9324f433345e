import shlex

from oauth_m2m.management.first_request import first_request

BOTH = ["client_secret_basic", "client_secret_post"]
URL = "https://auth.example.com/oauth/token"


def test_curl_asks_for_the_secret():
    assert first_request("billing", BOTH, "", URL) == [
        "Get a token; curl asks for the secret:",
        "",
        f"  curl --data grant_type=client_credentials --user billing {URL}",
    ]


def test_client_without_basic_sends_the_secret_from_a_variable():
    command = (
        "  curl --data grant_type=client_credentials --data client_id=billing"
        f' --data "client_secret=$CLIENT_SECRET" {URL}'
    )
    assert first_request("billing", ["client_secret_post"], "", URL) == [
        "Get a token, with the secret in the variable CLIENT_SECRET:",
        "",
        command,
    ]


def test_scope_and_address_are_safe_in_a_shell():
    url = "https://auth.example.com/it's;here/oauth/token"
    [_, _, line] = first_request("billing", BOTH, "orders$(id)&", url)
    assert shlex.split(line) == [
        "curl",
        "--data",
        "grant_type=client_credentials",
        "--data-urlencode",
        "scope=orders$(id)&",
        "--user",
        "billing",
        url,
    ]


def test_unknown_host_is_left_open():
    url = "https://your-server/oauth/token"
    assert first_request("billing", BOTH, "", "/oauth/token")[2:] == [
        f"  curl --data grant_type=client_credentials --user billing {url}",
        "",
        "Set ISSUER in OAUTH_M2M to this server's public URL to see it here.",
    ]


def test_unmounted_endpoint_is_the_next_step():
    assert first_request("billing", BOTH, "", None) == [
        'To give out tokens, put path("", include("oauth_m2m.urls")) into your URLs.'
    ]
