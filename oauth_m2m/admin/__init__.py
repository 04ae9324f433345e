"""The admin: one module a screen."""
