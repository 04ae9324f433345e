"""What PROTECTED_PATHS takes, and which rules hold for which path."""

import pytest

from oauth_m2m.path_rules import PathRule, parse_path_rules, rules_for
from oauth_m2m.protocol import SCOPE_TOKEN

READ, WRITE = ["orders:read"], ["orders:write"]


def parse(value: object) -> tuple[PathRule, ...]:
    return parse_path_rules(value, scope_token=SCOPE_TOKEN)


def paths_for(protected: list[str], path_info: str, public: tuple[str, ...] = ()) -> list[str]:
    rules = parse({path: "public" if path in public else READ for path in protected})
    return sorted(rule.path for rule in rules_for(rules, path_info))


@pytest.mark.parametrize(
    "value, rules",
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"/a/": READ}, (PathRule("/a", {"*": ("orders:read",)}),), id="a list"),
        pytest.param({"/a": ("x", "y")}, (PathRule("/a", {"*": ("x", "y")}),), id="a tuple"),
        pytest.param({"/a": "public"}, (PathRule("/a", {}),), id="public"),
        pytest.param({"/": READ}, (PathRule("", {"*": ("orders:read",)}),), id="the whole site"),
        pytest.param(
            {"/a": {"GET": READ, "PROPFIND": WRITE, "people": False}},
            (PathRule("/a", {"GET": ("orders:read",), "PROPFIND": ("orders:write",)}),),
            id="by method",
        ),
        pytest.param(
            {"/a": {"*": READ, "people": True}},
            (PathRule("/a", {"*": ("orders:read",)}, admits_people=True),),
            id="people too",
        ),
        pytest.param(
            {"/a": ["x"], "/a/b.c/d": ["y"], "/": ["z"]},
            (
                PathRule("/a/b.c/d", {"*": ("y",)}),
                PathRule("/a", {"*": ("x",)}),
                PathRule("", {"*": ("z",)}),
            ),
            id="the longest first",
        ),
    ],
)
def test_value_is_taken(value, rules):
    assert parse(value) == rules


@pytest.mark.parametrize("value", [None, [], "/a", {"/a"}, 7], ids=repr)
def test_what_is_no_mapping_is_refused(value):
    with pytest.raises(ValueError, match=r"^must map paths to scopes, such as .+\.$"):
        parse(value)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param("a/", id="without a slash"),
        pytest.param(" /a/", id="space before"),
        pytest.param("/a ", id="space behind"),
        pytest.param("/a\n", id="line feed"),
        pytest.param("//a/", id="two slashes"),
        pytest.param("/a//", id="two slashes at the end"),
        pytest.param("/a/../b", id="dots"),
        pytest.param("/./a", id="a dot"),
        pytest.param("/a%2fb", id="encoded"),
        pytest.param("/a?b", id="query"),
        pytest.param("/a#b", id="fragment"),
        pytest.param("/a/<int:pk>/", id="URL pattern"),
        pytest.param("/a/*", id="wildcard"),
        pytest.param("^/a/", id="anchor"),
        pytest.param("/a/$", id="anchor at the end"),
        pytest.param("/a/(b|c)", id="regular expression"),
        pytest.param("\\a", id="backslash"),
        pytest.param("https://example.com/a", id="URL"),
        pytest.param(None, id="None"),
        pytest.param(b"/a", id="bytes"),
    ],
)
def test_path_that_would_guard_nothing_is_refused(path):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse({path: READ})
    assert str(refused.value) == (
        f"has the path {path!r}: a path starts with a slash and is plain, without pattern, query,"
        " '..' or '//'."
    )


@pytest.mark.parametrize("second", ["/a", "/A/"])
def test_path_given_twice_is_refused(second):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse({"/a/": READ, second: "public"})
    assert str(refused.value) == (
        f"has the path {second!r} twice; case and a slash at its end do not count."
    )


@pytest.mark.parametrize(
    "needed",
    [
        pytest.param([], id="empty list"),
        pytest.param({}, id="empty dict"),
        pytest.param(None, id="None"),
        pytest.param(True, id="True"),
        pytest.param("orders:read", id="a string"),
        pytest.param("PUBLIC", id="public in capitals"),
        pytest.param(["orders:read orders:write"], id="two scopes in one"),
        pytest.param([""], id="empty scope"),
        pytest.param(['a"b'], id="quote in a scope"),
        pytest.param([1], id="number as a scope"),
        pytest.param({"a", "b"}, id="a set"),
        pytest.param({"get": READ}, id="method in small letters"),
        pytest.param({"GET,POST": READ}, id="two methods in one"),
        pytest.param({None: READ}, id="no method"),
        pytest.param({"GET": "orders:read"}, id="a string for a method"),
        pytest.param({"GET": []}, id="nothing for a method"),
        pytest.param({"GET": "public"}, id="one method public"),
        pytest.param({"GET": READ, "people": "yes"}, id="people not a boolean"),
        pytest.param({"GET": READ, "people": 1}, id="people a number"),
        pytest.param({"people": True}, id="people alone"),
    ],
)
def test_value_that_could_be_misread_is_refused(needed):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse({"/a": needed})
    assert str(refused.value) == (
        "must have for '/a' a list of scopes; or a dict from methods in capitals, or '*', to such"
        " lists, and from 'people' to True or False; or 'public'."
    )


@pytest.mark.parametrize("protected", ["/reports", "/reports/"])
@pytest.mark.parametrize(
    "path_info",
    [
        "/reports",
        "/reports/",
        "/reports/daily",
        "/reports/../open",
        "/open/../reports/daily",
        "/open/..//reports",
        "/../reports",
        "/./reports",
        "//reports",
        "/\\reports",
        "\\reports\\daily",
        "/open\\..\\reports",
        "/%2e%2e/reports",
        "/open/%2e%2e/reports",
        "/%72eports",
        "/reports%2fdaily",
        "/REPORTS",
        "/Reports/daily",
        "/report\u017f",  # the long s, which Django's patterns take for an s
        "/reports.json",
        "/reports.json/",
        "/reports\n",
        "/reports\x00",
        "/reports;a=b",
        "/reports ",
        "/reports~",
    ],
    ids=ascii,
)
def test_protected_path_cannot_be_written_so_that_it_is_not_found(protected, path_info):
    assert paths_for([protected], path_info) == ["/reports"]


@pytest.mark.parametrize(
    "path_info", ["/", "/reportsX", "/reports2", "/reports-old", "/reports_old", "/open/reports"]
)
def test_other_path_is_not_protected(path_info):
    assert paths_for(["/reports/"], path_info) == []


@pytest.mark.parametrize("path_info", ["/", "/a", "//a", "*", "", "/..", "/\n"], ids=repr)
def test_root_protects_everything(path_info):
    assert paths_for(["/"], path_info) == [""]


@pytest.mark.parametrize(
    "path_info, held",
    [
        pytest.param("/a/b/c", ["/a/b"], id="under the longer"),
        pytest.param("/a/bc", ["/a"], id="beside the longer"),
        pytest.param("/A/B/c", ["/a/b"], id="in capitals"),
        pytest.param("/a/b/../c", ["/a", "/a/b"], id="read in two ways"),
        pytest.param("/a/b.c/d", ["/a", "/a/b"], id="perhaps another name, perhaps a format"),
    ],
)
def test_longest_path_holds_in_each_reading(path_info, held):
    assert paths_for(["/a", "/a/b"], path_info) == held


@pytest.mark.parametrize(
    "path_info, held",
    [
        pytest.param("/a/open", [], id="itself"),
        pytest.param("/a/open/b", [], id="under it"),
        pytest.param("/a/open/../b", ["/a"], id="out of it"),
        pytest.param("/a/open/%2e%2e/b", ["/a"], id="out of it, encoded"),
        pytest.param("/a/b/../open", ["/a"], id="into it"),
        pytest.param("/a//open", ["/a"], id="two slashes"),
        pytest.param("/a/open.secret", ["/a"], id="a longer name with a dot"),
        pytest.param("/a/open;/secret", ["/a"], id="a longer name with a semicolon"),
    ],
)
def test_public_path_opens_only_what_is_read_in_one_way(path_info, held):
    assert paths_for(["/a", "/a/open"], path_info, public=("/a/open",)) == held


@pytest.mark.parametrize(
    "method, scopes",
    [
        ("GET", ("orders:read",)),
        ("HEAD", ("orders:read",)),
        ("POST", ("orders:write",)),
        ("OPTIONS", None),
        ("DELETE", None),
        ("get", None),
    ],
)
def test_method_that_is_not_named_may_not_be_used(method, scopes):
    [rule] = parse({"/a": {"GET": READ, "POST": WRITE}})
    assert rule.required(method) == scopes
    assert rule.methods == {"GET", "HEAD", "POST"}


def test_star_is_every_method_that_is_not_named():
    [rule] = parse({"/a": {"*": WRITE, "GET": READ}})
    assert [rule.required(method)[0] for method in ("GET", "HEAD", "POST", "OPTIONS")] == [
        *READ * 2,
        *WRITE * 2,
    ]
    [rule] = parse({"/a": {"*": WRITE}})
    assert rule.required("HEAD") == ("orders:write",)
    assert rule.methods == {"*"}


def test_head_may_need_something_of_its_own():
    [rule] = parse({"/a": {"GET": READ, "HEAD": WRITE}})
    assert rule.required("HEAD") == ("orders:write",)
