folder=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d); export XDG_CACHE_HOME=$folder HAX_STANDIN_FOLDER=$folder; haxconn doctor --board; code=$?; rm -rf $folder; exit $code
