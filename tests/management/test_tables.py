from oauth_m2m.management.tables import aligned


def test_columns_start_below_each_other():
    rows = [("ID", "NAME", "USED"), ("1", "A long name", "never"), ("200", "B", "")]
    assert aligned(rows) == [
        "ID   NAME         USED",
        "1    A long name  never",
        "200  B",
    ]
