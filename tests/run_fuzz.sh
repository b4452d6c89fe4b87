#!/bin/sh
# Fuzz targets for a given time each, as many at once as there are processors.
#
#   tests/run_fuzz.sh BUILT SECONDS TARGET...     BUILT/fuzz_TARGET are the programs
#
# New inputs go to BUILT/corpus/TARGET, crashes to BUILT/crash/TARGET-*, logs to BUILT/TARGET.log.

set -u
built=$1 seconds=$2
shift 2
[ $# -gt 0 ] || { echo "no fuzz targets in tests/fuzz" >&2; exit 1; }

one() {
    mkdir -p "$built/corpus/$1" "$built/crash"
    saved=tests/fuzz/corpus/$1
    [ -d "$saved" ] || saved=
    dict=tests/fuzz/$1.dict
    # shellcheck disable=SC2086
    if "$built/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        $([ ! -f "$dict" ] || echo "-dict=$dict") -artifact_prefix="$built/crash/$1-" \
        -print_final_stats=1 "$built/corpus/$1" $saved >"$built/$1.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$built/$1.log")
        echo "ok fuzz_$1: $runs runs in $seconds s, $(ls "$built/corpus/$1" | wc -l) new inputs"
    else
        tail -n 40 "$built/$1.log"
        echo "not ok fuzz_$1: see $built/$1.log"
        return 1
    fi
}

if [ "${FUZZ_ONE:-}" = yes ]; then
    one "$1"
    exit
fi
FUZZ_ONE=yes
export FUZZ_ONE
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh "$0" "$built" "$seconds"
