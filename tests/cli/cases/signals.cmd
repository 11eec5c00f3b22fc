stop() { kill -$1 $!; code=0; wait $! || code=$?; echo "$1 $code $(grep -c . err) $(sed 's/; what was measured .*//' err)"; }
mkfifo pipe pipe.json
for signal in INT TERM HUP; do
    env --default-signal=$signal haxconn run resnet152 --platform synthetic --rounds 100000 --store $signal >out 2>err &
    while [ ! -e $signal.queue ]; do sleep 0.02; done; stop $signal
    for line in "schedule pipe" "run pipe.json" "import auto pipe"; do
        env --default-signal=$signal haxconn $line >out 2>err &
        exec 3>"${line##* }"; stop $signal; exec 3>&-
    done
done
