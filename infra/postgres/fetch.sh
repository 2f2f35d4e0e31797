#!/bin/sh
# restore_command: brings back what archive.sh has kept.
#   fetch.sh <name> <path>
# 1: there is none, which is how a log ends. Above 125: there is one and it is broken; recovery stops instead of taking
# that for the end.
[ -e "$WAL_ARCHIVE/$1.gz" ] || exit 1
gzip -dc "$WAL_ARCHIVE/$1.gz" >"$2" || exit 200
