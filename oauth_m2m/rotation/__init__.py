"""How an old secret goes while a new one comes."""
