"""The endpoints, one a file; what they share is in ``endpoint``."""
