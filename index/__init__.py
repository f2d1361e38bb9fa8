"""Store, vector index, lexical index and their fusion."""
