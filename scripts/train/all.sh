#!/bin/sh
# Everything from an empty folder: ./all.sh WORK CORPUS [PYTHON] ; each step is kept when it is there already, so a broken run goes on.
# WORK: where fonts, frames and checkpoints go (not in the repository). CORPUS: a folder with dicom/ and labelled/real/, or - to train on drawn pictures only.
# DEVICE=cuda WORKERS=15 for a GPU. About five hours on two idle cores.
set -eu
work=$1 corpus=$2 python=${3:-python3} here=$(cd "$(dirname "$0")" && pwd) device=${DEVICE:-cpu} workers=${WORKERS:-1}
mkdir -p "$work"; cd "$work"
[ -d fontroot ] || { "$here/setup_fonts.sh" fontroot.part; mv fontroot.part fontroot; }
FONT_ROOT=$PWD/fontroot/; export FONT_ROOT
run() { s=$1; shift; "$python" "$here/$s.py" "$@"; }
real=
if [ "$corpus" != - ]; then [ -d real ] || run negatives "$corpus" real; real="--real real"; fi
run pool pool 10000 1000000 $real
run pool testset 250 9000000 --split test
train() { run train_detector "$@" --device "$device" --workers "$workers"; }
train a.pt --pool pool:1 --steps 6000 --lr 3e-3 --seed 1
[ -d hard1 ] || run mine a.pt hard1 60000000 $real --drawn 1200
train b.pt --init a.pt --pool pool:.78 --pool hard1:.22 --steps 6500 --lr 2.5e-3 --seed 2
[ -d hard2 ] || run mine b.pt hard2 61000000 $real --drawn 1500
train c.pt --init b.pt --pool pool:.68 --pool hard1:.12 --pool hard2:.2 --steps 5500 --lr 2e-3 --seed 3
run evaluate c.pt testset --sweep
run export detector c.pt text-detector
run train_recogniser rec.pt --groups 3000 --pool pool --device "$device" --workers "$workers"
run export recogniser rec.pt text-recogniser.onnx
