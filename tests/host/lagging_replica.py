"""A router as projects have it: writes go to the database, and reads to its copy."""


class ReadsFromReplica:
    """Sends every read to the replica, but for those that say otherwise."""

    def db_for_read(self, _model: type, **_hints: object) -> str:
        return "replica"

    def db_for_write(self, _model: type, **_hints: object) -> str:
        return "default"

    def allow_relation(self, _one: object, _other: object, **_hints: object) -> bool:
        return True
