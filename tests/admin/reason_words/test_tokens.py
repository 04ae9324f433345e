from oauth_m2m.models import AccessToken


def test_api_call_is_explained(registered, http, bearer, page_about):
    headers = bearer(registered)
    response = http.post("/api/orders/", {}, headers=headers)
    assert "lacks a scope that this API call needs" in page_about(response)
    AccessToken.objects.all().delete()
    response = http.get("/api/orders/", headers=headers)
    assert "well formed and not in the table" in page_about(response)
