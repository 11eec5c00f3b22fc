#!/bin/sh
# tegrastats.sh --interval MS --logfile FILE: stands in for tegrastats, until it is killed. MS is below a
# second.
set -eu
file=''
interval=1000
while [ $# -gt 0 ]; do
    case $1 in
    --interval) interval=$2 ;;
    --logfile) file=$2 ;;
    *)
        echo "tegrastats: unknown option $1" >&2
        exit 1
        ;;
    esac
    shift 2
done
pause=0.$(printf %03d "$interval")
percent=40
while :; do
    echo "RAM 2086/15825MB (lfb 2800x4MB) CPU [0%@2265,off] EMC_FREQ $percent%@2133 GR3D_FREQ 90%@1377 GPU 463/463" >>"$file"
    percent=$((percent == 40 ? 50 : 40))
    sleep "$pause"
done
