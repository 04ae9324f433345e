"""The verbs on rows: the admin and the commands call these and nothing else, and each audits."""
