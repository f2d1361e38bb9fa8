"""The database: the truth from which everything else can be rebuilt."""
