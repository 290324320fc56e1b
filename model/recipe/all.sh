#!/bin/sh
# The whole recipe in one command, from nothing to a measured model:
#     sh all.sh --device cuda --corpus DIR --own DIR --work DIR --eval DIR
# Stages that left their result in WORK are not repeated. TINY=1 runs everything at toy size within minutes (smoke test).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DEVICE=cpu
while [ $# -gt 0 ]; do
    case $1 in
        --device) DEVICE=$2 ;;
        --corpus) CORPUS=$2 ;;
        --own) OWN=$2 ;;
        --work) WORK=$2 ;;
        --eval) EVAL=$2 ;;
        *) echo "unknown option: $1" >&2; exit 2 ;;
    esac
    shift 2
done
PY=${PYTHON:-python3}
# Minutes for the reverse model and the final one. The guide is what teaches attention where to look: a reverse model that
# was trained on a GPU without it had not learned to after 3,000 steps.
SIZE="--encoder-layers 12 --decoder-layers 3 --dropout 0.1 --guide 0.5"
BATCH="--batch 24000 --guide-tokens 50e6" M_REVERSE=10 M_FINAL=25 LIMIT= PER_FILE=200000
if [ "$DEVICE" = cpu ]; then BATCH="--batch 3000 --guide-tokens 5e6" M_REVERSE=240 M_FINAL=1200 PER_FILE=60000; fi
if [ -n "${TINY:-}" ]; then
    SIZE="--d-model 64 --heads 4 --ffn 128 --encoder-layers 2 --decoder-layers 1"
    BATCH="--batch 2000" M_REVERSE=0.4 M_FINAL=0.5 LIMIT="--limit 2000" PER_FILE=60
fi
run() { echo "== $*" >&2; stage=$1; shift; "$PY" "$HERE/$stage.py" "$@"; }

[ -f "$WORK/train.tsv" ] || run prepare --corpus "$CORPUS" --own "$OWN" --work "$WORK" $LIMIT
[ -f "$WORK/tokenizer.json" ] || run tokenizer --work "$WORK"
[ -f "$WORK/reverse/final.pt" ] || run train --work "$WORK" --run reverse --reverse --device "$DEVICE" $SIZE $BATCH \
    --minutes $M_REVERSE --decay $M_REVERSE
if [ ! -f "$WORK/back.tsv" ]; then
    run backtranslate pack --work "$WORK" --per-file $PER_FILE "$CORPUS/news.en.xz" "$CORPUS/prose.en.xz"
    run backtranslate translate --work "$WORK" --model "$WORK/reverse/final.pt" --device "$DEVICE" --temperatures 0 0.8
    run backtranslate write --work "$WORK"
fi
run prepare --corpus "$CORPUS" --own "$OWN" --work "$WORK" --synthetic "$WORK/back.tsv" $LIMIT
run train --work "$WORK" --run student --resume --device "$DEVICE" $SIZE $BATCH --minutes $M_FINAL --decay $M_FINAL \
    --save-minutes 2 --bleu-on "$EVAL/flores-dev"
run export --checkpoint "$WORK/student/final.pt" --tokenizer "$WORK/tokenizer.json" --out "$WORK/export" --safetensors
run evaluate --model "$WORK/export/model.gguf" --tokenizer "$WORK/tokenizer.json" --eval "$EVAL" --device "$DEVICE" --others
