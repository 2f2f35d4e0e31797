#!/bin/sh
# restore_command: fetches a segment that archive.sh kept.
#   fetch.sh <name> <path>
# Exit code 1: there is none, so the log ends here. Above 125: the segment is broken, or this shop did not sign it; recovery
# stops instead of taking it for the end. With WAL_UNSIGNED=yes signatures do not count.
[ -e "$WAL_ARCHIVE/$1.gz" ] || exit 1
gzip -dc "$WAL_ARCHIVE/$1.gz" >"$2" || exit 200
[ "${WAL_UNSIGNED:-}" = yes ] && exit 0
inner=$({ printf %s "$WAL_KEY_1"; printf '%s\n' "$1"; cat "$2"; } | sha256sum | cut -c 1-64)
sum=$(printf %s "$WAL_KEY_2$inner" | sha256sum | cut -c 1-64)
[ "$(cat "$WAL_ARCHIVE/$1.sig" 2>/dev/null)" = "$sum" ] && exit 0
rm -f "$2"
echo "FATAL: the archived log $1 was not signed by this shop, or was changed: say --unsigned to use it all the same" >&2
exit 201
