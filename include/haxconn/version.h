/* The version of the library; the top CMakeLists.txt reads it from here. */
#ifndef HAXCONN_VERSION_H
#define HAXCONN_VERSION_H

#define HAX_VERSION "0.1.0"

#endif
