#!/bin/sh
# Encrypts every file of the backups and of the archived write-ahead log that another folder lacks, for one recipient, with
# gpg, whose private key this machine does not need. The other folder may then be copied to any place.
#   encrypt-backups.sh <recipient> <target> <backups>      (HOLDFAST_BACKUP_HOOK="…/encrypt-backups.sh shop@example.com /mnt/offsite")
# A file appears in the target only when it is complete. Files whose original was removed are removed there too.
# To restore on a machine with the private key: decrypt-backups.sh <target> <backups>.
set -eu
umask 077
recipient=$1 target=$2 backups=$3

cd "$backups"
# A backup's folder gets its name when it is complete, and a segment of the log likewise.
find . -type f ! -path '*.draft*' ! -name latest.json | while IFS= read -r file; do
  if [ ! -e "$target/$file.gpg" ]; then
    mkdir -p "$target/$(dirname "$file")"
    gpg --batch --yes --quiet --trust-model always --recipient "$recipient" --output "$target/$file.draft" --encrypt "$file"
    mv "$target/$file.draft" "$target/$file.gpg"
  fi
done
cd "$target"
find . -type f -name '*.gpg' | while IFS= read -r file; do
  [ -e "$backups/${file%.gpg}" ] || rm -f "$file"
done
find . -mindepth 1 -type d -empty -delete
