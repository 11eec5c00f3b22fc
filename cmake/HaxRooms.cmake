# A room is a folder of src/ and an object library of its own.
#
#   hax_room(NAME SOURCES file... [KNOWS room...] [LIBRARIES target...])
#
# Its sources see the public headers, their own folder and the folders of the rooms
# in KNOWS, with what those know in turn. An include of any other room's header
# does not compile. LIBRARIES are linked into whatever takes the room in.
function(hax_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;KNOWS;LIBRARIES" ${ARGN})
    add_library(${name} OBJECT ${ROOM_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}
                                              ${PROJECT_SOURCE_DIR}/include)
    foreach(known IN LISTS ROOM_KNOWS)
        target_include_directories(${name} PUBLIC
            $<TARGET_PROPERTY:${known},INTERFACE_INCLUDE_DIRECTORIES>)
        target_compile_definitions(${name} PUBLIC
            $<TARGET_PROPERTY:${known},INTERFACE_COMPILE_DEFINITIONS>)
    endforeach()
    target_link_libraries(${name} PUBLIC ${ROOM_LIBRARIES})
    set_property(TARGET ${name} PROPERTY HAX_KNOWS "${ROOM_KNOWS}")
endfunction()

# Links a test, benchmark or fuzz target with rooms and all that they know.
function(hax_link_rooms target)
    set(open ${ARGN})
    set(closed)
    while(open)
        list(POP_FRONT open room)
        if(room IN_LIST closed)
            continue()
        endif()
        list(APPEND closed ${room})
        target_link_libraries(${target} PRIVATE ${room})
        get_property(knows TARGET ${room} PROPERTY HAX_KNOWS)
        list(APPEND open ${knows})
    endwhile()
    if(unit IN_LIST closed)
        target_link_libraries(${target} PRIVATE unit_build_tree)
    endif()
endfunction()
