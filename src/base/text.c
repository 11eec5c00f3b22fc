#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hax_text_free(hax_text *text)
{
    free(text->data);
    *text = (hax_text){ 0 };
}

/* Room for `more` bytes and the final zero. */
static bool reserve(hax_text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void hax_text_append_bytes(hax_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void hax_text_append(hax_text *text, const char *string)
{
    hax_text_append_bytes(text, string, strlen(string));
}

void hax_text_printf(hax_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(text, (size_t) length)) {
        text->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t) length + 1, format, args);
    va_end(args);
    text->length += (size_t) length;
}

const char *hax_text_get(const hax_text *text)
{
    return text->data ? text->data : "";
}

char *hax_text_take(hax_text *text)
{
    if (!text->failed && !text->data)
        hax_text_append(text, "");
    if (text->failed) {
        hax_text_free(text);
        return NULL;
    }
    char *data = text->data;
    *text = (hax_text){ 0 };
    return data;
}
