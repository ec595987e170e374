"""The log and its key at the command line, checked with ssh-keygen and openssl."""

import shutil

import pytest

needs = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")
