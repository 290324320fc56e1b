#!/bin/sh
# The whole recipe in one command, for a machine with an accelerator:
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
# Minutes for the reverse model, the real-data model and the final one; sized for one data-centre GPU.
SIZE="--d-model 384 --heads 6 --ffn 1536 --encoder-layers 6 --decoder-layers 3"
BATCH=24000 M_REVERSE=2.5 D_REVERSE=1 M_FINAL=7 DECAY=2.5 LIMIT= PER_FILE=100000
if [ "$DEVICE" = cpu ]; then BATCH=3000 M_REVERSE=60 D_REVERSE=10 M_FINAL=300 DECAY=30 PER_FILE=15000; fi
if [ -n "${TINY:-}" ]; then
    SIZE="--d-model 64 --heads 4 --ffn 128 --encoder-layers 2 --decoder-layers 1"
    BATCH=2000 M_REVERSE=0.4 D_REVERSE=0.1 M_FINAL=0.5 DECAY=0.2 LIMIT="--limit 2000" PER_FILE=60
fi
run() { echo "== $*" >&2; stage=$1; shift; "$PY" "$HERE/$stage.py" "$@"; }

[ -f "$WORK/train.tsv" ] || run prepare --corpus "$CORPUS" --own "$OWN" --work "$WORK" $LIMIT
[ -f "$WORK/tokenizer.json" ] || run tokenizer --work "$WORK"
[ -f "$WORK/reverse/final.pt" ] || run train --work "$WORK" --run reverse --reverse --device "$DEVICE" $SIZE \
    --batch $BATCH --minutes $M_REVERSE --decay $D_REVERSE --dropout 0.1
[ -f "$WORK/back.tsv" ] || run backtranslate --model "$WORK/reverse/final.pt" --work "$WORK" --out "$WORK/back.tsv" \
    --device "$DEVICE" --per-file $PER_FILE --temperature 0.7 "$CORPUS/news.en.xz" "$CORPUS/prose.en.xz"
run prepare --corpus "$CORPUS" --own "$OWN" --work "$WORK" --synthetic "$WORK/back.tsv" $LIMIT
run train --work "$WORK" --run student --resume --device "$DEVICE" $SIZE --batch $BATCH --minutes $M_FINAL \
    --decay $DECAY --dropout 0.1 --save-minutes 2 --bleu-on "$EVAL/flores-dev"
run export --checkpoint "$WORK/student/final.pt" --tokenizer "$WORK/tokenizer.json" --out "$WORK/export" --safetensors
run evaluate --model "$WORK/export/model.gguf" --tokenizer "$WORK/tokenizer.json" --eval "$EVAL" --device "$DEVICE" --others
