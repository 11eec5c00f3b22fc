for o in "--platform synthetic" "--platform null --input data=nothing.npy"; do haxconn stream alexnet --frames 1 --input nothing.npy $o; echo $?; done
haxconn stream inputs/heads.onnx --platform inputs/portable.json --store none --rounds 1 --profile-seconds 0 --contention off --frames 3 --alone --input gain=inputs/gain.pb 2>/dev/null | grep -c 'outputs compared .* equal'
