import json

import pytest

from oauth_m2m.admin.error_ids import MAX_IDS, error_ids_in

ID = "0a1b2c3d4e5f"
ANSWER = {"error": "invalid_client", "error_description": "No.", "error_id": ID}


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        ID.upper(),
        f'"{ID}".',
        json.dumps(ANSWER),
        json.dumps(ANSWER, indent=2),
        json.dumps(ANSWER, separators=(",", ":")),
        json.dumps({"body": json.dumps(ANSWER)}),
        f'Bearer realm="api", error="invalid_token", error_id="{ID}", scope="a"',
        f"token.refused client=x reason=unknown_client error_id={ID} count=1",
        f"https://auth.example.com/admin/x/refused/?error_id={ID}",
        f"%22error_id%22%3A%22{ID}%22",
        f"Error ID: {ID}",
        f"{{'error_id': '{ID}'}}",
    ],
    ids=[
        "id",
        "id among spaces",
        "capitals",
        "quotation marks",
        "answer",
        "indented answer",
        "narrow answer",
        "answer in an answer",
        "challenge",
        "log line",
        "address",
        "encoded",
        "letter",
        "python",
    ],
)
def test_id_is_found(text: str):
    assert error_ids_in(text) == (ID,)


@pytest.mark.parametrize(
    "text",
    ["", "unauthorized", f"{ID}0", ID[:-1], f"error_id={ID}0", "error_id=-", "0a1b2c 3d4e5f"],
    ids=["nothing", "a word of twelve", "long", "short", "long name", "none", "broken"],
)
def test_what_is_no_id_is_not_found(text: str):
    # A word of twelve letters may be one: the trail knows.
    assert error_ids_in(text) == (("unauthorized",) if text == "unauthorized" else ())


def test_each_id_is_found_once_and_not_too_many():
    text = "\n".join(f"error_id={number % 15:012d}" for number in range(40))
    assert error_ids_in(text) == tuple(f"{number:012d}" for number in range(MAX_IDS))
