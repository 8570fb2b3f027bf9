#!/usr/bin/env bash
# Short runs of every kind of model and sampler with 1, 2, 3 and 7 threads must give the same bits.
set -euo pipefail
isotherm=$1
check() {
  "$isotherm" verify --quiet --threads 1,2,3,7 --steps 12 "$@" | tail -n 1 | sed "s|^|${*: -1}: |"
}
check Configs/digits.json
check Configs/digits.json --set data.order=iid
check Configs/digits.json --set data.order=sequential
check Configs/digits.json --set 'data.lastBatch="keep"' --set batch.size=100 --set steps=40
check Configs/digits-cnn.json
check Configs/digits-cnn.json --set 'optimizer.method="lars"'
check Configs/bench/resnet20.json --set batch.size=24 --set batch.microbatch=4 --set data.samples=48
