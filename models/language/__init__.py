"""Languages that the default encoder does not know, brought into its space by parallel text.

A language part has four pieces, each a file here: ``diacritics`` puts back the marks that a writer left out, ``gloss``
puts a text word by word into a language that the encoder knows, ``bag`` adds what the words say together straight into
the space, and ``part`` joins them. ``alignment``, ``phrases``, ``ridge`` and ``train`` make a part from pairs of
sentences; nothing of the pairs but counts and weights is kept.
"""
