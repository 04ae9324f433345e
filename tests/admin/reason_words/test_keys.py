def test_assertion_is_explained(registered, post_token, page_about):
    fields = {"grant_type": "client_credentials", "client_assertion": "a.b.c"}
    assert "Have the caller send both." in page_about(post_token(fields))
