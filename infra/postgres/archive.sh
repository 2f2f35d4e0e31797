#!/bin/sh
# archive_command: keeps one finished segment of the write-ahead log as $WAL_ARCHIVE/<name>.gz.
#   archive.sh <path> <name>
# The copy is complete and on the disk when this exits with 0, and never replaces another: PostgreSQL repeats it until 0.
set -eu
umask 077
kept="$WAL_ARCHIVE/$2.gz"
draft="$WAL_ARCHIVE/.$2.draft"

if [ -e "$kept" ]; then
  # The same segment was kept before a crash: success. Another segment of this name is of another timeline: refuse it.
  gzip -dc "$kept" | cmp -s - "$1"
  exit
fi
# The rest of a segment that was ended early (archive_timeout) is zeros: 16 MiB become some kilobytes.
gzip -1 -c "$1" >"$draft"
sync "$draft"
ln "$draft" "$kept"
rm "$draft"
sync "$WAL_ARCHIVE"
