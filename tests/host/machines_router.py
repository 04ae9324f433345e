"""The router of a site whose machines and people have a database of their own."""

APART = {"oauth_m2m", "auth", "contenttypes", "sessions", "admin"}


class MachinesRouter:
    """Send them there for reading, writing and migrating, and the rest to the default."""

    def db_for_read(self, model, **_hints):
        return "machines" if model._meta.app_label in APART else "default"

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **_hints):
        return db == ("machines" if app_label in APART else "default")
