#!/bin/sh
# Decrypts what encrypt-backups.sh wrote, so that npm run restore can read it (HOLDFAST_BACKUPS=<backups>).
#   decrypt-backups.sh <target> <backups>
set -eu
umask 077
target=$1 backups=$2

cd "$target"
find . -type f -name '*.gpg' | while IFS= read -r file; do
  original="$backups/${file%.gpg}"
  [ -e "$original" ] && continue
  mkdir -p "$(dirname "$original")"
  gpg --batch --yes --quiet --output "$original.draft" --decrypt "$file"
  mv "$original.draft" "$original"
done
