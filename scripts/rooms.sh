#!/bin/sh
# Prints includes of another room's header that is not the header of that room. Rooms are the folders
# whose CMakeLists.txt makes one; base is a list of equals whose headers all may be included, and the driver's
# list of what it is asked besides (ask.h, installed.h, gpu.h, tensorrt.h) is its own.
set -eu
git ls-files 'src/*.h' 'src/*.c' | awk '
    function room(path) {
        while (sub("/[^/]*$", "", path)) {
            if (!(path in rooms)) {
                rooms[path] = 0
                while ((getline line < (path "/CMakeLists.txt")) > 0)
                    if (line ~ /hax_room\(/)
                        rooms[path] = 1
                close(path "/CMakeLists.txt")
            }
            if (rooms[path])
                return path
        }
    }
    { files[NR] = $0; of[$0] = room($0) }
    /\.h$/ { name = $0; sub(".*/", "", name); owners[name] = owners[name] " " of[$0] }
    END {
        for (f = 1; f <= NR; f++) {
            path = files[f]
            number = 0
            while ((getline line < path) > 0) {
                number++
                if (line !~ /^#include "/ || line ~ /"haxconn\//)
                    continue
                name = line
                gsub("^#include \"|\".*", "", name)
                sub(".*/", "", name)
                if (!(name in owners) || index(owners[name] " ", " " of[path] " "))
                    continue
                owner = owners[name]
                sub("^ ", "", owner)
                head = owner
                sub(".*/", "", head)
                if (owner != "src/base" && name != head ".h" && owner ":" name != "src/driver:ask.h" &&
                    owner ":" name != "src/driver:installed.h" &&
                    owner ":" name != "src/driver:gpu.h" &&
                    owner ":" name != "src/driver:tensorrt.h")
                    printf "%s:%d: %s\n", path, number, line
            }
            close(path)
        }
    }'
