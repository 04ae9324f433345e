"""What people paste into the search for a refusal."""

import json
import re

from hypothesis import example, given
from hypothesis import strategies as st

from oauth_m2m.admin.error_ids import MAX_IDS, error_ids_in
from tests.properties.profile import bounded
from tests.properties.wire import joined

ID = "0a1b2c3d4e5f"
TEXTS = st.one_of(
    st.text(max_size=80), joined("error_id", "error-id ", '\\"', ":", "=", "%22", " ", ID, ID[:-1])
)


@bounded
@given(TEXTS)
@example("error_id=" + "\N{LATIN SMALL LETTER LONG S}" * 12)
@example("\N{KELVIN SIGN}" * 12)
@example(" ".join(f"error_id={number:012}" for number in range(MAX_IDS + 1)))
def test_any_text_holds_a_few_ids_or_none(text: str):
    found = error_ids_in(text)
    assert len(set(found)) == len(found) <= MAX_IDS
    assert all(re.fullmatch("[0-9a-z]{12}", each) for each in found)
    assert all(each in text.lower() for each in found)


@bounded
@given(st.text(max_size=40), st.from_regex(r"[0-9a-z]{12}", fullmatch=True))
def test_id_of_an_answer_is_found_whatever_else_the_answer_says(description: str, error_id: str):
    answer = json.dumps({"error_description": description, "error_id": error_id})
    assert error_id in error_ids_in(answer)
