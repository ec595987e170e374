"""`python -m repo_store.indexing REPOSITORY`: one of the processes that read an archive."""

from repo_store.indexing.workers import main

main()
