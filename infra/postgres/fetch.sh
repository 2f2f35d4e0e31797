#!/bin/sh
# restore_command: fetches a segment that archive.sh kept.
#   fetch.sh <name> <path>
# Exit code 1: there is none, so the log ends here. Above 125: the segment is broken, and recovery stops instead of taking
# it for the end.
[ -e "$WAL_ARCHIVE/$1.gz" ] || exit 1
gzip -dc "$WAL_ARCHIVE/$1.gz" >"$2" || exit 200
