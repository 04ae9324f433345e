import pytest

from oauth_m2m.admin.subject_words import in_words, with_stars_shown

ANY = "‹anything›"  # noqa: RUF001 - the quotes are what is tested


@pytest.mark.parametrize(
    "subject, words",
    [
        (
            "repo:acme/orders:ref:refs/heads/main",
            "the repository orders of acme, on the branch main",
        ),
        ("repo:acme/*:ref:refs/heads/main", "every repository of acme, on the branch main"),
        (
            "repo:acme/shop-*:ref:refs/heads/*",
            f"the repository shop-{ANY} of acme, on every branch without / in its name",
        ),
        (
            "repo:*/orders:ref:refs/tags/v1",
            "the repository orders of every owner on GitHub, strangers included, on the tag v1",
        ),
        ("repo:acme/*:ref:refs/tags/*", "every repository of acme, on every tag without /"),
        ("repo:acme/a:environment:live", "the repository a of acme, in the environment live"),
        ("repo:acme/a:environment:*", "the repository a of acme, in every environment"),
        (
            "repo:acme/a:pull_request",
            "the repository a of acme, in every pull request, whoever opened it",
        ),
        ("repo:acme/a:*", f"the repository a of acme, in runs with {ANY}"),
        (
            "system:serviceaccount:shop:orders",
            "the service account orders in the namespace shop",
        ),
        ("system:serviceaccount:shop:*", "every service account in the namespace shop"),
        ("system:serviceaccount:*:*", "every service account in every namespace"),
        ("system:serviceaccount:shop", "system:serviceaccount:shop"),
        ("spiffe://example.org/*/orders", f"spiffe://example.org/{ANY}/orders"),
        ("*", "everybody to whom this issuer gives tokens, but for names with : or /"),
        ("1234", "1234"),
    ],
)
def test_subject_is_said_in_words(subject: str, words: str):
    assert in_words(subject) == words


def test_every_star_is_shown():
    assert with_stars_shown("a*b*") == f"a{ANY}b{ANY}"
