#!/usr/bin/env bash
# Real servers of other people on this machine, for the integration tests of the backends.
#
#   peers.sh install        makes virtual environments and tiny models under $KABAR_PEERS (default ~/.cache/kabar-peers)
#   peers.sh start [NAME…]  starts peers (all that are installed, without a name) and prints `export NAME=URL` lines for the tests
#   peers.sh stop           stops what this script started
#
# Peers: llama (llama.cpp's server), libretranslate, limited (LibreTranslate with keys and limits), faults (nginx in front of llama).
# A test whose peer is not there is skipped; with KABAR_REQUIRE_ALL=1 it fails, as do those that need a small disk or systemd-analyze.
# Their models are random and made here: the words are noise, the protocol is real.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${KABAR_PEERS:-$HOME/.cache/kabar-peers}
llama_port=${KABAR_PEER_LLAMA_PORT:-8080}
open_port=${KABAR_PEER_LIBRETRANSLATE_PORT:-5000}
limited_port=${KABAR_PEER_LIMITED_PORT:-5001}
faults_port=${KABAR_PEER_FAULTS_PORT:-8900}
mkdir -p "$home/run" "$home/log"

# A virtual environment with packages: ENVIRONMENT PACKAGE…
environment() {
  [ -x "$home/$1/bin/python" ] || python3 -m venv "$home/$1"
  "$home/$1/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
}

install() {
  environment llama xllamacpp gguf numpy onnx
  environment lt libretranslate
  [ -s "$home/random.gguf" ] || "$home/llama/bin/python" "$here/random_gguf.py" "$home/random.gguf"
  if [ ! -e "$home/argos/translate-id_en/model/model.bin" ]; then
    "$home/llama/bin/python" "$here/random_splitter.py" "$home/splitter.onnx"
    "$home/lt/bin/python" "$here/random_argos.py" "$home/argos" "$home/splitter.onnx"
  fi
  has_nginx || echo "the faults peer needs: apt-get install nginx-light libnginx-mod-http-echo" >&2
}

has_nginx() { command -v nginx >/dev/null && [ -e /usr/lib/nginx/modules/ngx_http_echo_module.so ]; }

is_installed() {
  case $1 in
    llama) [ -s "$home/random.gguf" ] ;;
    libretranslate | limited) [ -e "$home/argos/translate-id_en/model/model.bin" ] ;;
    faults) has_nginx ;;
  esac
}

# Runs a peer in the background until its address answers: NAME ADDRESS COMMAND…
launch() {
  local name=$1 address=$2 pid_file=$home/run/$1
  shift 2
  if [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; then return; fi
  setsid "$@" >"$home/log/$name" 2>&1 </dev/null &
  echo $! >"$pid_file"
  local tries=0
  until curl --silent --fail --max-time 2 --output /dev/null "$address"; do
    tries=$((tries + 1))
    if [ $tries -gt 450 ] || ! kill -0 "$(cat "$pid_file")" 2>/dev/null; then
      echo "$name did not come up; the end of $home/log/$name:" >&2
      tail -n 20 "$home/log/$name" >&2
      return 1
    fi
    sleep 0.2
  done
}

translate_server() { # NAME PORT OPTION…
  mkdir -p "$home/lt-home"
  HOME=$home/lt-home XDG_DATA_HOME=$home/lt-home/data XDG_CONFIG_HOME=$home/lt-home/config XDG_CACHE_HOME=$home/lt-home/cache \
    ARGOS_PACKAGES_DIR=$home/argos ARGOS_DEVICE_TYPE=cpu OMP_NUM_THREADS=1 \
    launch "$1" "http://127.0.0.1:$2/languages" "$home/lt/bin/libretranslate" \
    --host 127.0.0.1 --port "$2" --disable-web-ui --threads 2 "${@:3}"
}

start() {
  case $1 in
    llama)
      launch llama "http://127.0.0.1:$llama_port/health" "$home/llama/bin/python" "$here/llama_server.py" "$home/random.gguf" "$llama_port"
      echo "export KABAR_PEER_LLAMA=http://127.0.0.1:$llama_port" ;;
    libretranslate)
      translate_server libretranslate "$open_port"
      echo "export KABAR_PEER_LIBRETRANSLATE=http://127.0.0.1:$open_port" ;;
    limited)
      translate_server limited "$limited_port" --api-keys --api-keys-db-path "$home/keys.db" \
        --req-limit 10 --char-limit 2000 --batch-limit 5
      echo "export KABAR_PEER_LIMITED=http://127.0.0.1:$limited_port" ;;
    faults)
      mkdir -p "$home/nginx"
      sed -e "s#@HOME@#$home/nginx#g" -e "s#@PORT@#$faults_port#g" -e "s#@LLAMA@#$llama_port#g" "$here/faults.conf" >"$home/nginx/nginx.conf"
      launch faults "http://127.0.0.1:$faults_port/fast" nginx -c "$home/nginx/nginx.conf" -e "$home/nginx/error.log"
      echo "export KABAR_PEER_FAULTS=http://127.0.0.1:$faults_port" ;;
    *) echo "no peer is called $1" >&2; return 2 ;;
  esac
}

stop() {
  local pid_file
  for pid_file in "$home"/run/*; do
    [ -e "$pid_file" ] || continue
    local pid tries=0
    pid=$(cat "$pid_file")
    while kill "$pid" 2>/dev/null; do
      tries=$((tries + 1))
      [ $tries -lt 50 ] || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.1
    done
    rm -f "$pid_file"
  done
}

case ${1:-} in
  install) install ;;
  start)
    shift
    if [ $# -eq 0 ]; then
      for name in llama libretranslate limited faults; do if is_installed "$name"; then start "$name"; fi; done
    else
      for name in "$@"; do start "$name"; done
    fi ;;
  stop) stop ;;
  *) sed -n '2,9p' "$0"; exit 2 ;;
esac
