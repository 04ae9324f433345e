"""Refuse for real, and ask the admin why."""

import re
from html import unescape

import pytest

from tests.admin.pages import url


@pytest.fixture
def page_about(boss):
    """Return what the admin says of the id in an answer: ``page_about(response)``."""

    def page_about(response) -> str:
        assert response.status_code >= 400, response.content
        told = response.headers.get("WWW-Authenticate", "") + response.content.decode()
        page = boss.post(url("auditevent_refused"), {"text": told}, follow=True)
        assert page.status_code == 200
        return unescape(re.sub(r"\s+", " ", page.content.decode()))

    return page_about
