haxconn stream alexnet --platform synthetic --seconds 2 --rate alexnet=20 --in-flight 2 --cyclic; echo "exit $?"; haxconn stream alexnet --platform synthetic --seconds 2 --in-flight 9; echo "exit $?"
