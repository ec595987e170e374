#!/bin/bash
# Follows VERIFY.txt to the letter with common tools only, and checks what they print.
# by_hand.sh EXPORT.zip FINGERPRINT [AUTHORITY.pem] prints "verified", or the step that failed. A test
# compares its commands with those in VERIFY.txt.

EXPORT="$(realpath "$1")" FINGERPRINT="$2" AUTHORITY="${3:+$(realpath "$3")}"
HERE="$(mktemp -d)"
trap 'rm -rf "$HERE"' EXIT
cd "$HERE" || exit 2
ln -s "$EXPORT" EXPORT.zip
[ -z "$AUTHORITY" ] || ln -s "$AUTHORITY" AUTHORITY.pem
export TMPDIR="$HERE" LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 HOME="$HERE"

failed() {
    echo "FAILED at step $1"
    exit 1
}
quiet() { # the command prints nothing and succeeds
    local out
    out="$("$@" 2>&1)" && [ -z "$out" ]
}

# 1
whole="$(head -c -64 EXPORT.zip | sha256sum | cut -c1-64)"
seal="$(tail -c 64 EXPORT.zip)"
[ "$whole" = "$seal" ] || failed 1
{ unzip -q EXPORT.zip && cd */; } 2> /dev/null || failed 1

# 2
silent() { # nothing comes through the pipe
    [ -z "$(cat)" ]
}
find . -name '*[[:cntrl:]]*' -o ! -type f ! -type d | cat -v | silent || failed 2
sha256sum --quiet --strict -c manifest-sha256.txt 2>&1 | cat -v | silent || failed 2
sha256sum --quiet --strict -c tagmanifest-sha256.txt 2>&1 | cat -v | silent || failed 2
cut -c67- manifest-sha256.txt | sort > "$HERE/listed"; find data -type f | sort | diff - "$HERE/listed" | cat -v | silent || failed 2

# 3
ssh-keygen -lf "$(ls data/log/keys/*.pub | sort -t/ -k4n | tail -1)" 2> /dev/null | cat -v | grep -qF " $FINGERPRINT " || failed 3
NAME="$(head -n 1 data/log/checkpoint)"
ssh-keygen -Y verify -f data/log/allowed_signers -I "$NAME" -n story-history \
    -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt 2> /dev/null | cat -v | grep -q '^Good "' || failed 3
ssh-keygen -Y verify -f data/log/allowed_signers -I "$NAME" -n story-history \
    -s data/log/checkpoint.sig < data/log/checkpoint 2> /dev/null | cat -v | grep -q '^Good "' || failed 3
cmp -s <(cut -d' ' -f3-4 data/log/allowed_signers) \
    <(tail -qn 1 "$(ls data/log/keys/*.pub | sort -t/ -k4n | tail -1)" | cut -d' ' -f1-2) || failed 3
for next in data/log/keys/*.pub.sig; do [ -e "$next" ] || continue
    key="${next%.sig}"; old="$(ls data/log/keys/*.pub | sort -t/ -k4n | grep -B 1 "$key" | head -n 1)"
    ( printf '%s namespaces="story-history" ' "$NAME"; cat "$old" ) > "$HERE/old_signer"
    ssh-keygen -Y verify -f "$HERE/old_signer" -I "$NAME" -n story-history -s "$next" < "$key" 2> /dev/null | cat -v | grep -q '^Good "' || failed 3
done
for epoch in data/log/keys/*.epoch; do [ -e "$epoch" ] || continue
    ( printf '%s namespaces="story-history" ' "$NAME"; cat "${epoch%.epoch}.pub" ) > "$HERE/new_signer"
    ssh-keygen -Y verify -f "$HERE/new_signer" -I "$NAME" -n story-history -s "$epoch.sig" < "$epoch" 2> /dev/null | cat -v | grep -q '^Good "' || failed 3
done

# 4
git init -q --bare "$HERE/empty.git" && git -C "$HERE/empty.git" bundle verify "$PWD/data/history.bundle" > "$HERE/output" 2>&1 || failed 4
grep -q "records a complete history" "$HERE/output" || failed 4
quiet git -c protocol.allow=never -c protocol.file.allow=always clone -q --mirror data/history.bundle "$HERE/history.git" || failed 4
git -C "$HERE/history.git" fsck --full --strict --no-dangling > "$HERE/output" 2> /dev/null || failed 4
grep -v "^notice: HEAD points to an unborn branch" "$HERE/output" && failed 4

# 5
if [ -e data/log/timestamp.tsr ]; then
    openssl ts -reply -in data/log/timestamp.tsr -text > /dev/null 2>&1 || failed 5
    openssl ts -verify -data data/log/checkpoint -in data/log/timestamp.tsr -CAfile "$HERE/AUTHORITY.pem" 2> /dev/null | grep -q "^Verification: OK" || failed 5
fi

# 6
out="$(python3 verify.py 2> /dev/null)" || failed 6
[ "$out" = verified ] || failed 6
echo verified
