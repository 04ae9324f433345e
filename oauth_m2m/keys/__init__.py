"""Signing keys: how they look, how they are kept, and which of them signs now."""
