haxconn stream alexnet --platform synthetic --seconds 100 --alone --json /dev/full | head -n 5; ln -s /dev/full full; haxconn stream alexnet --platform synthetic --seconds 100 --json - >/dev/full
