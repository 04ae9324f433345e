"""
What any page names exists: commands and their flags, settings, paths, reasons.

Blocks, tables and sentences alike: a reader copies from all of them.
"""

import re
from pathlib import Path

import pytest
from django.conf import global_settings
from django.core.management import BaseCommand, get_commands, load_command_class
from django.urls import Resolver404, resolve
from rest_framework.settings import DEFAULTS as DRF_SETTINGS

from oauth_m2m.reasons import Reason
from oauth_m2m.setting_defaults import DEFAULTS
from tests.documentation.pages import PAGES, ROOT

# "python manage.py NAME ..." to the end of the command, and `m2m_name ...` inside a sentence.
COMMAND = re.compile(r"manage\.py ([a-z_0-9]+)([^\n|>;&`]*)|`(m2m_[a-z_]+)(?![.\w])([^\n`]*)`")
FLAG = re.compile(r"(?<![\w-])--[a-z][\w-]*")
OUR_HOSTS = ("auth.example.com", "example.com", "your.site", "127.0.0.1:8000")
PATH = re.compile(r"(https?://[\w.:-]+)?((?:/[a-z]+)?/(?:oauth|\.well-known)/[\w./-]+)")
SETTING = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b")
REASON = re.compile(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|.*\|$", re.MULTILINE)
# Capitals that are no setting of ours or of Django's: words of other programs and packages.
OTHER_CAPITALS = {
    *("ATOMIC_REQUESTS", "CONN_HEALTH_CHECKS", "CONN_MAX_AGE", "MAX_ENTRIES"),  # within DATABASES
    "SPECTACULAR_SETTINGS",
    *("ACCESS_TOKEN_EXPIRE_SECONDS", "DEFAULT_SCOPES", "OAUTH2_PROVIDER_APPLICATION_MODEL"),
    *("OAUTH_M2M", "OAUTH_M2M_ISSUER"),  # the dict, and what W013 finds
    *("DATABASE_URL", "OAUTH_SCOPE", "TEST_DATABASE"),  # variables of the environment
    *("SCRIPT_NAME", "SSL_CLIENT_CERT", "SSL_CLIENT_VERIFY"),  # of WSGI and of mod_ssl
    "PERMISSION_DENIED",  # of gRPC
    "CLIENT_ID",  # what a command wants in this place
}

each_page = pytest.mark.parametrize(
    "text",
    # One line for each command.
    [
        pytest.param(path.read_text().replace("\\\n", " "), id=str(path.relative_to(ROOT)))
        for path in PAGES
    ],
)


def command_named(name: str) -> BaseCommand:
    found = get_commands()[name]
    return found if isinstance(found, BaseCommand) else load_command_class(found, name)


@each_page
def test_commands_and_their_flags_exist(text: str):
    for by_manage, its_words, alone, words in COMMAND.findall(text):
        name = by_manage or alone
        assert name in get_commands()
        parser = command_named(name).create_parser("manage.py", name)
        flags = set(FLAG.findall(its_words or words))
        assert flags <= set(parser._option_string_actions), name


@each_page
def test_paths_resolve(text: str):
    for origin, path in PATH.findall(text):
        if origin and not origin.endswith(tuple(f"//{host}" for host in OUR_HOSTS)):
            continue
        try:
            resolve(path.rstrip("."))
        except Resolver404:
            pytest.fail(f"nothing answers {path}")


@each_page
def test_settings_in_sentences_exist(text: str):
    sentences = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for name in SETTING.findall(sentences):
        known = {*DEFAULTS, *dir(global_settings), *DRF_SETTINGS, *OTHER_CAPITALS}
        assert name in known


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if "\n| reason | look at |\n" in path.read_text()],
    ids=lambda path: path.name,
)
def test_reasons_of_tables_exist(path: Path):
    for part in path.read_text().split("\n| reason | look at |\n")[1:]:
        rows = REASON.findall(part.partition("\n\n")[0])
        assert rows
        for row in rows:
            assert set(re.findall(r"`([a-z_]+)`", row)) <= {reason.value for reason in Reason}
