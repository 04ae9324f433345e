"""A host project as a user would write it: an orders API, a plain Django view, the admin."""
