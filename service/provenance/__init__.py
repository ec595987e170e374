"""Where each sentence of a story comes from: when it first appeared, and its earlier wordings.

sentences.py splits a text and lineage.py follows sentences through one diff (both pure); ledger.py
caches the sentences of a whole history, and origins.py answers from it.
"""
