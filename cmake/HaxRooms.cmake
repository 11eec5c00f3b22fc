# A room is a folder of src/ and an object library of its own.
#
#   hax_room(NAME SOURCES file... [FOLDERS folder...] [OPEN folder...] [PUBLIC header...]
#            [KNOWS room...] [LIBRARIES target...])
#
# Its sources see their own folder, FOLDERS and OPEN within it (others see only OPEN), the public
# headers after PUBLIC (without haxconn/ and .h) with what those include, and all that the rooms in
# KNOWS see. An include of anything else does not compile. LIBRARIES are linked into whatever takes
# the room in.
function(hax_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;FOLDERS;OPEN;PUBLIC;KNOWS;LIBRARIES" ${ARGN})
    add_library(${name} OBJECT ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    set_property(GLOBAL APPEND PROPERTY HAX_ROOMS ${name})
    foreach(folder IN LISTS ROOM_OPEN)
        target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
    endforeach()
    list(TRANSFORM ROOM_FOLDERS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    target_include_directories(${name} PRIVATE ${ROOM_FOLDERS})
    add_library(${name}_folders INTERFACE)
    target_include_directories(${name}_folders INTERFACE ${ROOM_FOLDERS})
    foreach(known IN LISTS ROOM_KNOWS)
        target_include_directories(${name} PUBLIC
            $<TARGET_PROPERTY:${known},INTERFACE_INCLUDE_DIRECTORIES>)
        target_compile_definitions(${name} PUBLIC
            $<TARGET_PROPERTY:${known},INTERFACE_COMPILE_DEFINITIONS>)
    endforeach()
    hax_public_headers(${name} ${ROOM_PUBLIC})
    target_link_libraries(${name} PUBLIC ${ROOM_LIBRARIES})
    set_property(TARGET ${name} PROPERTY HAX_KNOWS "${ROOM_KNOWS}")
endfunction()

# A folder of links to these public headers and to those that they include.
function(hax_public_headers room)
    set(folder ${PROJECT_BINARY_DIR}/public/${room})
    file(REMOVE_RECURSE ${folder})
    file(MAKE_DIRECTORY ${folder}/haxconn)
    set(open ${ARGN})
    while(open)
        list(POP_FRONT open header)
        set(file ${PROJECT_SOURCE_DIR}/include/haxconn/${header}.h)
        if(EXISTS ${folder}/haxconn/${header}.h)
            continue()
        endif()
        file(CREATE_LINK ${file} ${folder}/haxconn/${header}.h SYMBOLIC)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
        file(STRINGS ${file} includes REGEX "^#include \"haxconn/")
        list(TRANSFORM includes REPLACE "^#include \"haxconn/(.*)\\.h\".*" "\\1")
        list(APPEND open ${includes})
    endwhile()
    target_include_directories(${room} PUBLIC ${folder})
endfunction()

# Links a test, benchmark or fuzz target with rooms and all that they know; it sees all public
# headers, and all folders of those rooms.
function(hax_link_rooms target)
    set(open ${ARGN})
    set(closed)
    while(open)
        list(POP_FRONT open room)
        if(room IN_LIST closed)
            continue()
        endif()
        list(APPEND closed ${room})
        target_link_libraries(${target} PRIVATE ${room} ${room}_folders)
        get_property(knows TARGET ${room} PROPERTY HAX_KNOWS)
        list(APPEND open ${knows})
    endwhile()
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    if(driver IN_LIST closed)
        if(NOT HAX_BUILD_TREE) # another one stands in for it, where a test looks elsewhere
            set(HAX_BUILD_TREE build_tree)
        endif()
        target_link_libraries(${target} PRIVATE ${HAX_BUILD_TREE})
    endif()
endfunction()
