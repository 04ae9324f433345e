"""An OAuth 2.0 authorization server for machines, as a pluggable Django app."""

__all__ = ["__version__"]

__version__ = "0.1.0"
