"""Where each sentence of a story comes from: when it first appeared, and its earlier wordings.

sentences.py splits a text and lineage.py follows sentences through one diff (both pure and bounded
by counting); ledger.py keeps the account of each story's sentences, builder.py makes it in the
background, and origins.py answers from it. The account also has the values that versions corrected
(corrections.py); inconsistencies.py finds where live texts still say the old ones.
"""
