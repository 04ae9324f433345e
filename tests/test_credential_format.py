import re
import string

import pytest

from oauth_m2m.credential_format import (
    ALPHABET,
    CREDENTIAL_PATTERN,
    HAND_OVER_PREFIX,
    KEY_ID_LENGTH,
    _base62,
    credential_pattern,
    generate_secret,
    generate_token,
    imported_key_id,
    key_id_of,
    redact_credentials,
    token_is_well_formed,
)

SECRET, TOKEN = "m2ms_", "m2mt_"
# Fixed, so that a change of the format is seen: what was issued must stay valid.
ISSUED_SECRET = "m2ms_AbCd1234_" + "0" * 43
ISSUED_TOKEN = "m2mt_" + "z" * 43


def test_secret_has_the_published_form():
    secret, key_id = generate_secret(SECRET)
    assert re.fullmatch(r"m2ms_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", secret)
    assert secret[5:13] == key_id
    assert len(key_id) == KEY_ID_LENGTH
    assert key_id_of(secret, SECRET) == key_id


def test_token_has_the_published_form():
    token = generate_token(TOKEN)
    assert re.fullmatch(r"m2mt_[0-9A-Za-z]{49}", token)
    assert token_is_well_formed(token, TOKEN)


def test_checksums_are_what_they_were():
    assert key_id_of(f"{ISSUED_SECRET}2AlhQo", SECRET) == "AbCd1234"
    assert token_is_well_formed(f"{ISSUED_TOKEN}2L0aSY", TOKEN)


def test_nothing_is_issued_twice():
    assert len({generate_token(TOKEN) for _ in range(1000)}) == 1000
    assert len({generate_secret(SECRET) for _ in range(1000)}) == 1000


def test_every_character_of_the_random_part_varies():
    tokens = [generate_token(TOKEN) for _ in range(200)]
    for position in range(5, 48):
        assert len({token[position] for token in tokens}) > 20


def _with_one_character_changed(text: str):
    for position, character in enumerate(text):
        for other in string.ascii_letters + string.digits + "_-":
            if other != character:
                yield text[:position] + other + text[position + 1 :]


def test_every_change_of_one_character_in_a_secret_is_caught():
    secret, _ = generate_secret(SECRET)
    assert not any(key_id_of(wrong, SECRET) for wrong in _with_one_character_changed(secret))


def test_every_change_of_one_character_in_a_token_is_caught():
    token = generate_token(TOKEN)
    wrong_ones = _with_one_character_changed(token)
    assert not any(token_is_well_formed(wrong, TOKEN) for wrong in wrong_ones)


def test_every_swap_of_two_neighbours_is_caught():
    token = generate_token(TOKEN)
    for i in range(len(token) - 1):
        swapped = token[:i] + token[i + 1] + token[i] + token[i + 2 :]
        assert swapped == token or not token_is_well_formed(swapped, TOKEN)


NOT_CREDENTIALS = {
    "empty": lambda _: "",
    "prefix alone": lambda good: good[:5],
    "cut short": lambda good: good[:-1],
    "too long": lambda good: f"{good}a",
    "twice": lambda good: good + good,
    "space before": lambda good: f" {good}",
    "line break after": lambda good: f"{good}\n",
    "NUL after": lambda good: f"{good}\x00",
    "beyond ASCII": lambda good: f"{good[:-1]}é",
    "digits of another script": lambda good: f"{good[:-1]}٣",
    "a surrogate": lambda good: f"{good[:-1]}\ud800",
    "another prefix": lambda good: f"m2mx_{good[5:]}",
}


@pytest.mark.parametrize("spoil", NOT_CREDENTIALS.values(), ids=list(NOT_CREDENTIALS))
def test_what_is_not_ours_is_refused(spoil):
    secret, _ = generate_secret(SECRET)
    assert key_id_of(spoil(secret), SECRET) is None
    assert not token_is_well_formed(spoil(generate_token(TOKEN)), TOKEN)


def test_secret_and_token_are_not_taken_for_each_other():
    secret, _ = generate_secret(SECRET)
    assert key_id_of(generate_token(TOKEN), TOKEN) is None
    assert not token_is_well_formed(secret, SECRET)


def test_another_prefix_works_and_the_default_one_then_does_not():
    secret, key_id = generate_secret("acme_")
    assert key_id_of(secret, "acme_") == key_id
    assert key_id_of(secret, SECRET) is None
    token = generate_token("acmet_")
    assert token_is_well_formed(token, "acmet_")
    assert not token_is_well_formed(token, TOKEN)


def test_published_pattern_finds_each_kind_in_a_text():
    secret, token = generate_secret(SECRET)[0], generate_token(TOKEN)
    link = generate_token(HAND_OVER_PREFIX)
    text = f'export SECRET="{secret}"; curl -H "Authorization: Bearer {token}"\n'
    text += f"open https://auth.example.com/oauth/hand-over/{link}?\n"
    assert re.findall(CREDENTIAL_PATTERN, text) == [secret, token, link]


@pytest.mark.parametrize(
    "text",
    ["m2ms_", "m2mt_" + "a" * 48, "m2mt_" + "a" * 50, "xm2mt_" + "a" * 49, "m2mx_" + "a" * 49],
    ids=["prefix", "too short", "too long", "inside a word", "another prefix"],
)
def test_published_pattern_finds_nothing_else(text):
    assert not re.search(CREDENTIAL_PATTERN, text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: generate_secret(SECRET)[0],
        lambda: generate_token(TOKEN),
        lambda: generate_token("acme_"),
        lambda: generate_token("m2mt_")[:-4],
        lambda: "a" * 64,
    ],
    ids=["secret", "token", "another prefix", "cut short", "a digest"],
)
def test_credentials_are_redacted_wherever_they_stand(make):
    clear = make()
    redacted = redact_credentials(f"id={clear}, and {clear}!")
    assert clear[-40:] not in redacted
    assert redacted.count("[redacted]") == 2


def test_other_text_is_left_alone():
    text = "nightly-job.eu_1 at 2001:db8::1, 421e4d69750d6c7a5150f7aa7ab8aa89"
    assert redact_credentials(text) == text


@pytest.mark.parametrize(
    "number, digits",
    [(0, "000"), (61, "00z"), (62, "010"), (62**3 - 1, "zzz")],
)
def test_base62_has_a_fixed_width(number, digits):
    assert _base62(number, 3) == digits
    assert len(ALPHABET) == 62


def test_imported_key_id_is_the_same_for_a_client_and_another_for_each():
    # What was imported must stay found.
    assert imported_key_id("job") == "imported-5e8c9902207afaeb"
    ids = {imported_key_id(f"job-{number}") for number in range(1000)}
    assert len(ids) == 1000
    # It fits its column, meets no key id of ours, and is not taken for a secret.
    for key_id in ids:
        assert KEY_ID_LENGTH < len(key_id) <= 64
        assert redact_credentials(key_id) == key_id


def test_pattern_of_other_prefixes_finds_each_kind_and_no_others():
    pattern = credential_pattern("acme_", "acmet_")
    secret, token = generate_secret("acme_")[0], generate_token("acmet_")
    link = generate_token(HAND_OVER_PREFIX)
    text = f"'{secret}' {token} {generate_token(TOKEN)} x{token} {token}x /{link}"
    assert re.findall(pattern, text) == [secret, token, link]


def test_pattern_of_the_default_prefixes_is_the_published_one():
    assert credential_pattern(SECRET, TOKEN) == CREDENTIAL_PATTERN
