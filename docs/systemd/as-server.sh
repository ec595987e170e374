#!/bin/sh
# /usr/local/sbin/story-history: what root types is done as the server's user, with the server's settings.
# So nothing in the archive ever belongs to root, and no command looks for the archive elsewhere.
umask 077
cd / || exit
export STORY_HISTORY_ARCHIVE=/var/lib/story-history/archive

# As systemd reads it, one NAME=value a line: a shell would stop at & and ;, and put values in place of $.
read_settings() {
    while IFS=' 	' read -r line || [ -n "$line" ]; do
        name="${line%%=*}" value="${line#*=}"
        name="${name%"${name##*[! 	]}"}" value="${value#"${value%%[! 	]*}"}"
        case "$line" in '#'* | ';'*) continue ;; *=*) ;; *) continue ;; esac
        case "$name" in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
        case "$value" in
            \'*\') value="${value#?}" value="${value%?}" ;;
            \"*\") value="$(printf '%s' "$value" | sed 's/^"//; s/"$//; s/\\\(["\\`$]\)/\1/g')" ;;
            *) value="$(printf '%s' "$value" | sed 's/\\\(.\)/\1/g')" ;;
        esac
        export "$name=$value"
    done
}
if [ -e /etc/story-history.env ]; then read_settings < /etc/story-history.env; fi
exec runuser -u story-history -- /opt/story-history/.venv/bin/story-history "$@"
