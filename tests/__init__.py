"""The tests: a folder for each part of the product, a file for each feature.

What several of them need is in one place:

- `conftest.py`: an archive and its path; each folder's own has what only that folder needs
- `samples.py`: a story, revisions and actions to write, a clock, tokens, checkpoints
- `plain_git.py`: git on an archive, as an auditor would call it
- `redactions.py`: removing a text, and looking for what is left of it on the disk
- `servers.py`, `nginx.py`: the real server and a proxy in processes of their own
- `crawling.py`: following every address that answers hold
- `chromium.py`: a real browser
- `proofs.py`: the checking half of the log's proofs
- `structure.py`: arrows, cycles and lines of the product: `python -m tests.structure [CHECKOUT]`
- `profiles.py`: how many examples Hypothesis tries; `make test ARGS=--hypothesis-profile=full`

`bench` measures (`make bench`), `torture` kills processes and cuts the power (`make torture`),
`connectors` publishes with WordPress and Wagtail (`make test-connectors`, `make cms`).
"""
