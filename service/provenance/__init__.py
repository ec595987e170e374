"""Where each sentence of a story comes from: when it first stood there, in which words before.

sentences.py cuts texts and lineage.py follows sentences over one difference (both pure), ledger.py
keeps the account of a whole history, and origins.py answers from it.
"""
