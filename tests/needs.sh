#!/bin/sh
# sh tests/needs.sh PACKAGE COMMAND...: one of the commands is here, or Debian's package is installed.
set -eu
package=$1
shift
for name in "$@"; do
    if command -v "$name" >/dev/null 2>&1 || test -x "/usr/sbin/$name"; then exit 0; fi
done
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need $package on the PATH: please install it." >&2
    exit 1
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
echo "Installing $package for the tests …"
$as_root apt-get update -q >/dev/null
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" >/dev/null
