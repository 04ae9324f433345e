"""A host project with views of every kind, for the tests."""
