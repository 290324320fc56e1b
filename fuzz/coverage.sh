#!/usr/bin/env bash
# Called by cargo instead of rustc (RUSTC_WRAPPER): counts covered places in the crate that is fuzzed, and nowhere else, so
# that the dependencies which the tests were built with serve here too. The flags are those that libFuzzer needs.
set -euo pipefail
case " $* " in
*" --crate-name kabar "*)
  exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
  ;;
esac
exec "$@"
