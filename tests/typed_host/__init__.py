"""A project as a type checker sees it, from outside; see tests/test_typed_host.py."""
