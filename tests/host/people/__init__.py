"""A host app whose users are no Django users: their key is a text that they chose."""
