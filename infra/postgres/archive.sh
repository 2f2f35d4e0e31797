#!/bin/sh
# archive_command: keeps one finished file of the write-ahead log as $WAL_ARCHIVE/<name>.gz.
#   archive.sh <path> <name>
# Whole or not at all, on the disk before it says so, and never over another: PostgreSQL asks again until it gets 0.
set -eu
umask 077
kept="$WAL_ARCHIVE/$2.gz"
draft="$WAL_ARCHIVE/.$2.draft"

if [ -e "$kept" ]; then
  # It was kept, and the answer was lost in a crash. Another file of this name is another history: refused.
  gzip -dc "$kept" | cmp -s - "$1"
  exit
fi
# What is left of a segment that was ended early (archive_timeout) is zeros: 16 MiB become some kilobytes.
gzip -1 -c "$1" >"$draft"
sync "$draft"
ln "$draft" "$kept"
rm "$draft"
sync "$WAL_ARCHIVE"
