#!/bin/sh
# /usr/local/sbin/story-history: what root types is done as the server's user, with the server's settings.
# So nothing in the archive ever belongs to root, and no command looks for the archive elsewhere.
umask 077
cd / || exit
set -a
STORY_HISTORY_ARCHIVE=/var/lib/story-history/archive
if [ -e /etc/story-history.env ]; then . /etc/story-history.env; fi
exec runuser -u story-history -- /opt/story-history/.venv/bin/story-history "$@"
