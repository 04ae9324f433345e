"""The compiled insert against what the ORM stores, on the database at hand."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import post_init, post_save, pre_init, pre_save
from django.test.utils import CaptureQueriesContext

from oauth_m2m.models import AccessToken, Client
from oauth_m2m.models.compiled_insert import CompiledInsert

pytestmark = pytest.mark.django_db

NAMES = ("token_hash", "client_id", "scope", "audience", "issued_at", "expires_at", "confirmation")
MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

ROWS = {
    "the least": {"scope": "", "audience": [], "confirmation": None},
    "everything": {
        "scope": "orders:read orders:write",
        "audience": ["https://api.example.com", "https://another.example.com"],
        "confirmation": {"jkt": "a" * 43, "x5t#S256": "é"},
    },
    "odd text": {"scope": "'%s -- \x01 %", "audience": ["%(a)s"], "confirmation": {}},
    "another zone": {
        "scope": "a",
        "audience": [],
        "confirmation": None,
        "issued_at": MOMENT.astimezone(timezone(timedelta(hours=9))),
    },
}


@pytest.fixture
def insert() -> CompiledInsert:
    return CompiledInsert(AccessToken, *NAMES)


@pytest.fixture
def fields() -> dict[str, object]:
    client = Client.objects.create(name="A client")
    end = MOMENT + timedelta(hours=1)
    return {"client_id": client.pk, "issued_at": MOMENT, "expires_at": end, **ROWS["the least"]}


def stored(token_hash: str) -> dict[str, object]:
    row = AccessToken.objects.filter(token_hash=token_hash).values().get()
    del row["id"], row["token_hash"]
    return row


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_row_is_the_one_that_the_orm_stores(insert, fields, row):
    fields |= row
    AccessToken(token_hash="by the ORM", **fields).save(force_insert=True)
    for token_hash in ("compiled", "compiled before"):
        insert.execute(token_hash=token_hash, **fields)
        assert stored(token_hash) == stored("by the ORM")
        assert AccessToken.objects.get(token_hash=token_hash).pk is not None


def test_it_is_one_statement(insert, fields):
    with CaptureQueriesContext(
        connection,
    ) as statements:
        insert.execute(token_hash="a", **fields)
    assert len(statements) == 1
    assert "RETURNING" not in statements[0]["sql"]


@pytest.mark.parametrize(
    "signal",
    [pre_init, post_init, pre_save, post_save],
    ids=["pre_init", "post_init", "pre_save", "post_save"],
)
def test_who_listens_to_the_model_hears_of_it(insert, fields, signal):
    heard = []

    def listen(sender: type, **_details: object) -> None:
        heard.append(sender)

    signal.connect(listen, sender=AccessToken)
    try:
        insert.execute(token_hash="heard", **fields)
    finally:
        signal.disconnect(listen, sender=AccessToken)
    assert AccessToken in heard
    insert.execute(token_hash="not heard", **fields)
    assert stored("heard") == stored("not heard")


def test_row_goes_where_the_project_writes(insert, fields, settings):
    class Elsewhere:
        def db_for_write(self, _model, **_hints):
            return "elsewhere"

    settings.DATABASE_ROUTERS = [Elsewhere()]
    with pytest.raises(Exception, match="elsewhere"):
        insert.execute(token_hash="a", **fields)


def test_second_of_its_kind_is_refused_and_ends_the_transaction(insert, fields):
    insert.execute(token_hash="once", **fields)
    with transaction.atomic():
        with pytest.raises(IntegrityError):
            insert.execute(token_hash="once", **fields)
        # As after the ORM's: who goes on is told at once.
        with pytest.raises(transaction.TransactionManagementError):
            AccessToken.objects.count()


@pytest.mark.parametrize("left_out", NAMES)
def test_a_value_that_was_promised_must_come(insert, fields, left_out):
    fields["token_hash"] = "a"
    del fields[left_out]
    with pytest.raises(KeyError, match=left_out):
        insert.execute(**fields)
