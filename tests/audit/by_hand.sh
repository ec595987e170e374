#!/bin/sh
# Follows VERIFY.txt to the letter, as a person with common tools would, and judges what is printed:
#
#   by_hand.sh VERIFY.txt EXPORT.zip PRINTED [AUTHORITY.pem] [AT]
#
# PRINTED is a key's line or fingerprint. Prints "verified", or the step that failed. The commands are
# those of the text itself, so that it cannot differ from them; none may be left out.

GUIDE="$1" FILE="$2" PRINTED="$3" AUTHORITY="$4" STAMPED="$5"
WORK="$(mktemp -d)" || exit 2
trap 'rm -rf "$WORK"' EXIT
export TMPDIR="$WORK" LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 HOME="$WORK"
mkdir "$WORK/folder" && cd "$WORK/folder" || exit 2
ln -s "$FILE" EXPORT.zip
[ -z "$AUTHORITY" ] || ln -s "$AUTHORITY" AUTHORITY.pem

# Blocks are indented by five spaces or more, a file for each: the step's number, and its place there.
awk -v folder="$WORK" '/^[0-9]  [A-Z]/ { step = $1; block = 0 }
    /^     / && step != "" { if (!inside) { block++; name = folder "/" step "." block } inside = 1; print > name; next }
    { inside = 0 } /^WHAT IS PROVEN/ { step = "" }' "$GUIDE"

failed() {
    echo "FAILED at step $1"
    exit 1
}
run() { # what a person sees of a block goes to $WORK/seen
    printf '%s\n' "$1" >> "$WORK/done"
    . "$WORK/$1" > "$WORK/seen" 2>&1
}
silent() { # the block prints nothing
    run "$1"
    [ ! -s "$WORK/seen" ]
}
sees() { grep -q "$1" "$WORK/seen"; }

sed "s|^     PRINTED=.*|PRINTED='$PRINTED'|" "$WORK/0.1" > "$WORK/0.0" && mv "$WORK/0.0" "$WORK/0.1"
run 0.1
run 0.2
sees '^SHA256:.\{43\}$' || failed 0

run 1.1
[ "$(sort -u "$WORK/seen" | wc -l)" -eq 1 ] && sees '^[0-9a-f]\{64\}$' || failed 1
silent 1.2 || failed 1

silent 2.1 || failed 2

run 3.1
tail -n 1 "$WORK/seen" | grep -q -e 'the printed one$' -e ': signed by the key before it$' || failed 3
! sees NOT || failed 3
run 3.2
case "$PRINTED" in ssh-*) [ "$(head -n 1 "$WORK/seen")" = "${PRINTED##* }" ] || failed 3 ;; esac
[ "$(grep -c '^Good "story-history" signature for publisher' "$WORK/seen")" -eq 2 ] || failed 3
run 3.3
[ "$(grep -c '^This log goes on under' "$WORK/seen")" -eq "$(grep -c '^Good "' "$WORK/seen")" ] || failed 3

run 4.1
sees 'records a complete history' && sees 'is okay$' || failed 4
run 4.2
! grep -v '^notice: HEAD points to an unborn branch' "$WORK/seen" > "$WORK/else" || failed 4

run 5.1
stamps="$(grep -c '\.tsr$' "$WORK/seen")"
[ "$(grep -c '^Time stamp: ' "$WORK/seen")" -eq "$stamps" ] || failed 5
if sees 'certificate has expired'; then
    cp "$WORK/5.2" "$WORK/any"
    for stamp in $(sed -n 's/\.tsr$//p' "$WORK/seen"); do
        sed -e "s|^     AT=.*|AT=$STAMPED|" -e "s|^     STAMP=.*|STAMP=$stamp|" "$WORK/any" > "$WORK/5.2"
        run 5.2
        sees '^Verification: OK' || failed 5
    done
else
    [ "$(grep -c '^Verification: OK' "$WORK/seen")" -eq "$stamps" ] || failed 5
    echo 5.2 >> "$WORK/done"
fi

run 6.1
sees '^[0-9a-f]\{64\}  verify.py$' || failed 6
run 6.2
[ "$(tail -n 1 "$WORK/seen")" = verified ] && ! sees FAILED || failed 6

run 7.1
[ ! -e data/published ] || sees '^Signature Verified Successfully' || failed 7
silent 7.2 || failed 7

(cd "$WORK" && ls [0-9].[0-9]) | (uniq "$WORK/done" > "$WORK/once"; diff - "$WORK/once") > "$WORK/else" || failed "$(cat "$WORK/else")"
echo verified
