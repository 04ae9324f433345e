"""Which tests run the code of which page. The rest is type-checked and parsed all the same."""

from typing import Final

# Tests take the code from the page itself, so page and test cannot part.
RUN_BY: Final = {
    "README.md": ("documentation/test_front_pages.py", "documentation/test_project_files.py"),
    "docs/index.md": ("documentation/test_front_pages.py",),
    "docs/quickstart.md": ("package/test_quickstart.py",),
    "docs/guides/admin-permissions.md": ("test_guide_admin_permissions.py",),
    "docs/guides/audit.md": ("test_guide_audit.py",),
    "docs/guides/declarative.md": ("test_guide_declarative.py",),
    "docs/guides/dpop.md": ("clients/test_dpop_guide.py",),
    "docs/guides/existing-api.md": ("test_guide_existing_api.py",),
    "docs/guides/expiry.md": ("test_guide_expiry.py",),
    "docs/guides/from-api-keys.md": ("test_guide_from_api_keys.py",),
    "docs/guides/from-dot.md": ("test_guide_from_dot.py",),
    "docs/guides/grpc.md": ("clients/test_grpc_guide.py",),
    "docs/guides/hand-over.md": ("test_guide_hand_over.py",),
    "docs/guides/imap.md": ("clients/dovecot_server.py",),
    "docs/guides/leaks.md": ("test_guide_leaks.py",),
    "docs/guides/many-servers.md": ("test_guide_many_servers.py",),
    "docs/guides/monitoring.md": ("test_guide_monitoring.py",),
    "docs/guides/mtls.md": ("clients/mtls_site.py",),
    "docs/guides/nginx.md": ("clients/nginx_site.py",),
    "docs/guides/openapi.md": ("test_guide_openapi.py",),
    "docs/guides/overview.md": ("test_guide_overview.py",),
    "docs/guides/performance.md": ("documentation/test_front_pages.py",),
    "docs/guides/plain-django.md": ("test_guide_plain_django.py",),
    "docs/guides/private-key-jwt.md": (
        "clients/keyed_reader.py",
        "clients/test_msal.py",
        "clients/test_private_key_jwt_guide.py",
    ),
    "docs/guides/rate-limits.md": ("test_guide_rate_limits.py",),
    "docs/guides/register-a-client.md": ("test_guide_register_a_client.py",),
    "docs/guides/remote-issuers.md": ("resource_server/test_remote_issuers_guide.py",),
    "docs/guides/rotation.md": ("test_guide_rotation.py",),
    "docs/guides/signed-tokens.md": ("test_guide_signed_tokens.py",),
    "docs/guides/testing.md": ("test_pytest_plugin.py",),
    "docs/guides/workload-identity.md": ("clients/test_workload_identity_guide.py",),
    "docs/reference/endpoints.md": ("documentation/test_front_pages.py",),
}
# Pages whose blocks nothing runs, and why that is enough.
NOT_RUN: Final = {
    "docs/CONTRIBUTING.md": "CI does the same by .ci/run, and installs nothing into itself",
    "docs/architecture.md": "its block is a drawing",
    "docs/guides/faults.md": "settings of Django alone; tests/faults runs servers with them",
    "docs/reference/checks.md": "the command of the guide to many servers, whose test runs it",
    "docs/reference/commands.md": "one command, whose words are parsed",
    "docs/reference/settings.md": "one setting, which the checks look at",
    "docs/reference/signals.md": "a receiver without a body",
    "docs/upgrades.md": "an upgrade needs a release before; its migration is looked for",
}
