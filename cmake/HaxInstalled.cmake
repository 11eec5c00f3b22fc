# Files that an installation keeps beside the library (installed.h): from anywhere, and for a tree
# that was moved from the program and from the shared library.
set(modules ${CMAKE_INSTALL_FULL_LIBDIR}/haxconn)
set(platforms ${CMAKE_INSTALL_FULL_DATADIR}/haxconn/platforms)
foreach(what IN ITEMS modules platforms)
    file(RELATIVE_PATH from_program ${CMAKE_INSTALL_FULL_BINDIR} ${${what}})
    file(RELATIVE_PATH from_library ${CMAKE_INSTALL_FULL_LIBDIR} ${${what}})
    string(TOUPPER HAX_${what} macro)
    set(${what}_definitions
        "${macro}_FROM_PROGRAM=\"${from_program}\";${macro}_FROM_LIBRARY=\"${from_library}\";${macro}_INSTALLED=\"${${what}}\"")
endforeach()
