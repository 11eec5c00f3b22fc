# hax_embed(ROOM FILE NAME): a text file of a room as a list of its lines, in a header of its own:
# NAME.h has `static const char *const NAME[]`, NULL-terminated.
function(hax_embed room file name)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REGEX REPLACE "\n$" "" text "${text}")
    string(REPLACE "\n" "\",\n    \"" text "${text}")
    string(TOUPPER ${name} guard)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.h @ONLY CONTENT
"/* ${file}, line by line. */
#ifndef ${guard}_H
#define ${guard}_H

static const char *const ${name}[] = {
    \"${text}\",
    0,
};

#endif
")
    target_include_directories(${room} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
