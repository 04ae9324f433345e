from tests.host.postgresql import database_url, migrated, postgresql

__all__ = ["database_url", "migrated", "postgresql"]
