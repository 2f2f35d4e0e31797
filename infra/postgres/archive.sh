#!/bin/sh
# archive_command: keeps one finished segment of the write-ahead log as $WAL_ARCHIVE/<name>.gz, and signs it in
# <name>.sig when there is a key ($WAL_KEY_1 and $WAL_KEY_2: scripts/stack/postgres/log-signature.ts).
#   archive.sh <path> <name>
# The copy is complete and on the disk when this exits with 0, and never replaces another: PostgreSQL repeats it until 0.
set -eu
umask 077
kept="$WAL_ARCHIVE/$2.gz"
signature="$WAL_ARCHIVE/$2.sig"
draft="$WAL_ARCHIVE/.$2.draft"

# The signature of the segment <name> with the content of the file <path>.
sign() {
  inner=$({ printf %s "$WAL_KEY_1"; printf '%s\n' "$2"; cat "$1"; } | sha256sum | cut -c 1-64)
  printf %s "$WAL_KEY_2$inner" | sha256sum | cut -c 1-64
}

# The same segment was kept before a crash: success. Another segment of this name is of another timeline: refuse it.
[ ! -e "$kept" ] || gzip -dc "$kept" | cmp -s - "$1"
if [ -n "${WAL_KEY_1:-}" ] && [ ! -e "$signature" ]; then
  sign "$1" "$2" >"$draft"
  sync "$draft"
  mv "$draft" "$signature"
fi
[ ! -e "$kept" ] || exit 0
# The rest of a segment that was ended early (archive_timeout) is zeros: 16 MiB become some kilobytes.
gzip -1 -c "$1" >"$draft"
sync "$draft"
ln "$draft" "$kept"
rm "$draft"
sync "$WAL_ARCHIVE"
