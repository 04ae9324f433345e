"""
What blocks of code take as given: names of the reader's own project.

A block may use what every Django project has, what its page speaks of before, and what only the
reader knows. Whatever else it uses it has to import, or a copy of it does not run.
"""

from typing import Final

LEANS_ON: Final = {
    # A settings module, a URLconf.
    "DATABASES": "DATABASES: dict[str, Any] = {}",
    "INSTALLED_APPS": "INSTALLED_APPS: list[str] = []",
    "SPECTACULAR_SETTINGS": "SPECTACULAR_SETTINGS: dict[str, Any] = {}",
    "urlpatterns": "urlpatterns: list[Any] = []",
    # The API that the guide to existing APIs speaks of.
    "Order": "from example_project.models import Order",
    "OrderSerializer": "from example_project.views import OrderSerializer",
    # The API keys of the guide for those who leave them.
    "ApiKey": "ApiKey: Any",
    "KeyAuthentication": (
        "from rest_framework.authentication import BaseAuthentication as KeyAuthentication"
    ),
    "key": "key: str",
    # What a client was given.
    "CLIENT_ID": "CLIENT_ID: str",
    "CLIENT_SECRET": "CLIENT_SECRET: str",
    "ORDERS_URL": "ORDERS_URL: str",
    "TOKEN_URL": "TOKEN_URL: str",
    "client_id": "client_id: str",
    "client_secret": "client_secret: str",
}
