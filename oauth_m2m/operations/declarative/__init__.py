"""Clients and what belongs to them, as a file declares them: read, planned, applied, exported."""
