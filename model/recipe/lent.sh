#!/bin/sh
# Training on a machine with a GPU that is lent for minutes and reaches nothing outside. Here:
#     sh lent.sh pack FOLDER WORK MODEL.gguf REVERSE.gguf
# takes what is needed into FOLDER (about 40 MB): WORK/train.npz, WORK/english.npz (backtranslate.py pack), and the two models to
# go on from. There, with FOLDER copied:
#     sh FOLDER/lent.sh run OUT
# grows both models, trains the reverse one, lets it translate the English, and all the while trains the other one, which takes the
# new pairs in as soon as they are there. Every minute OUT/model.gguf is replaced by the newest state. Times and sizes are those
# that made 0.6 on one H100; DEVICE=cpu and smaller ones (MINUTES, REVERSE_MINUTES, BATCH, REVERSE_BATCH) are for smoke tests.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
PY=${PYTHON:-python3}

pack() {
    folder=$1 work=$2
    mkdir -p "$folder"
    cp "$HERE"/*.py "$HERE/lent.sh" "$work/tokenizer.json" "$work/translatable.txt" "$work/held.tsv" "$folder/"
    cp "$3" "$folder/model.gguf"
    cp "$4" "$folder/reverse.gguf"
    for name in train english; do xz -T0 -6 -k -c "$work/$name.npz" > "$folder/$name.npz.xz"; done
    du -sh "$folder"
}

stage() { name=$1; shift; "$PY" -W ignore "$HERE/$name.py" "$@"; }

publish() {
    stage export --checkpoint student/last.pt --tokenizer tokenizer.json --out "$1" --version "${VERSION:-next}"
    cp "$1/model.gguf" "$2/model.part" && mv "$2/model.part" "$2/model.gguf"
}

run() {
    cd "$HERE"
    out=$1 device=${DEVICE:-cuda} common="--work . --device ${DEVICE:-cuda} --guide 0 --dropout 0.1 --lr 2e-3 --warmup 60"
    for name in train english; do xz -d -k -f "$name.npz.xz"; done
    stage grow --checkpoint model.gguf --work . --encoder-layers "${ENCODER:-6}" --decoder-layers "${DECODER:-1}" --out grown.pt
    stage grow --checkpoint reverse.gguf --work . --reverse --encoder-layers 2 --decoder-layers 1 --out reverse.pt
    stage agree --checkpoint grown.pt --work . --device "$device"
    {
        stage train $common --run reverse --reverse --init-from reverse.pt --batch "${REVERSE_BATCH:-32000}" \
            --minutes "${REVERSE_MINUTES:-1.9}" --decay "${REVERSE_MINUTES:-1.9}" --save-minutes 60
        stage backtranslate translate --work . --model reverse/final.pt --device "$device" --temperatures 0 0.8
        stage backtranslate merge --work .
        cp indonesian-*.npz "$out/"
        stage export --checkpoint reverse/final.pt --tokenizer tokenizer.json --out reverse-exported
        cp reverse-exported/model.gguf "$out/reverse.gguf"
    } > "$out/reverse.log" 2>&1 &
    reverse=$!
    while sleep 55; do [ ! -f student/last.pt ] || publish now "$out"; done > "$out/publish.log" 2>&1 &
    loop=$!
    stage train $common --run student --init-from grown.pt --batch "${BATCH:-48000}" \
        --minutes "${MINUTES:-6.5}" --decay "${MINUTES:-6.5}" --save-minutes 0.6 > "$out/student.log" 2>&1
    kill "$loop" "$reverse" 2> /dev/null || true  # nothing that comes later has any use
    publish end "$out"
    tail -n 3 "$out/reverse.log" "$out/student.log"
}

"$@"
