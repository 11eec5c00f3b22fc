/* The table of readers, and finding the one for a text. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "import.h"

#include "config.h"

/* In the order in which "auto" asks them: the surest marks first. */
static const hax_import_reader readers[] = {
    { { "trtexec-profile", "trtexec --exportProfile, JSON, TensorRT 7.0 to 10" },
      hax_trtexec_profile_recognises,
      hax_trtexec_profile_read },
    { { "trtexec-times", "trtexec --exportTimes, JSON, TensorRT 7.0 to 10" },
      hax_trtexec_times_recognises,
      hax_trtexec_times_read },
    { { "trtexec-layers", "trtexec --exportLayerInfo, JSON, TensorRT 8.2 to 10" },
      hax_trtexec_layers_recognises,
      hax_trtexec_layers_read },
    { { "artifact", "result files of the published HaX-CoNN programs" },
      hax_artifact_recognises,
      hax_artifact_read },
    { { "ncu", "Nsight Compute: details and raw page as CSV, and the page as text" },
      hax_ncu_recognises,
      hax_ncu_read },
    { { "tegrastats", "lines of tegrastats, JetPack 4 to 7" },
      hax_tegrastats_recognises,
      hax_tegrastats_read },
    { { "cudla", "layer statistics of cuDLA, CSV" }, hax_cudla_recognises, hax_cudla_read },
    { { "trtexec-log", "what trtexec prints, --dumpProfile included, TensorRT 7.0 to 10" },
      hax_trtexec_log_recognises,
      hax_trtexec_log_read },
};

enum { READER_COUNT = sizeof readers / sizeof *readers };

const hax_import_kind *hax_import_kind_at(int index)
{
    return index >= 0 && index < READER_COUNT ? &readers[index].public : NULL;
}

const char *hax_import_note_name(hax_import_note_kind kind)
{
    static const char *const names[] = { "remark", "warning", "left out" };
    return names[kind];
}

/* ---- which reader ------------------------------------------------------------------- */

/* "trtexec" is the family of "trtexec-log". */
static bool meant(const hax_import_reader *reader, const char *kind)
{
    hax_slice name = hax_slice_of(reader->public.name);
    return strcmp(kind, "auto") == 0 || hax_slice_is(name, kind) ||
           (hax_slice_take(&name, kind) && hax_slice_starts(name, "-"));
}

static const hax_import_reader *recognise(hax_slice text, const char *kind)
{
    for (int r = 0; r < READER_COUNT; r++)
        if (meant(&readers[r], kind) && readers[r].recognises(text))
            return &readers[r];
    return NULL;
}

static hax_status unknown_kind(const char *kind, hax_error *err)
{
    char known[512] = "auto";
    size_t used = strlen(known);
    for (int r = 0; r < READER_COUNT && used < sizeof known; r++)
        used +=
            (size_t) snprintf(known + used, sizeof known - used, ", %s", readers[r].public.name);
    return hax_fail(err, HAX_USAGE, "no reader for '%.100s' (known: %s)", kind, known);
}

/* The one reader of that name, or the one of several that recognises the text. */
static hax_status choose(const char *kind, hax_slice text, const char *file,
                         const hax_import_reader **chosen, hax_error *err)
{
    int count = 0;
    for (int r = 0; r < READER_COUNT; r++) {
        if (!meant(&readers[r], kind))
            continue;
        *chosen = &readers[r];
        count++;
    }
    if (count == 0)
        return unknown_kind(kind, err);
    if (count == 1 && strcmp((*chosen)->public.name, kind) == 0)
        return HAX_OK;
    *chosen = recognise(text, kind);
    if (*chosen)
        return HAX_OK;
    const hax_import_reader *other = recognise(text, "auto");
    return hax_fail_at(err, HAX_BAD_INPUT, file, 0, 0,
                       "looks like %s%s; name the kind, 'haxconn help import' lists them",
                       other ? other->public.name : "nothing that there is a reader for",
                       other ? ", which is another kind" : "");
}

/* Says of a text that its reader refused what it looks like. */
static void hint(const hax_import_reader *reader, hax_slice text, hax_error *err)
{
    const hax_import_reader *other = recognise(text, "auto");
    if (!err || !other || other == reader)
        return;
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, " (looks like %s)",
             other->public.name);
}

hax_status hax_import_parse(const char *kind, const char *text, size_t length, const char *file,
                            const hax_import_options *options, const hax_import **import,
                            hax_error *err)
{
    const hax_import_reader *reader = NULL;
    hax_import_builder builder;
    HAX_CONFIG_TAKE(hax_import_options, own, options, err);
    hax_slice whole = hax_slice_without_mark((hax_slice){ text, length });
    if (hax_slice_starts(whole, "\xff\xfe") || hax_slice_starts(whole, "\xfe\xff"))
        return hax_fail_at(err, HAX_BAD_INPUT, file, 1, 1,
                           "is UTF-16; convert it: iconv -f utf-16 -t utf-8");
    HAX_TRY(choose(kind, whole, file, &reader, err));
    HAX_TRY(hax_builder_open(&builder, reader->public.name, file, err));
    builder.options = own;
    hax_status status = reader->read(&builder, whole, err);
    if (status == HAX_OK)
        return hax_builder_finish(&builder, import, err);
    hax_builder_abandon(&builder);
    if (status == HAX_BAD_INPUT)
        hint(reader, whole, err);
    return status;
}

/* ---- looking things up -------------------------------------------------------------- */

const hax_import_section *hax_import_find(const hax_import *import, const char *name, int from)
{
    for (int s = from < 0 ? 0 : from; s < import->section_count; s++)
        if (strcmp(import->sections[s].name, name) == 0)
            return &import->sections[s];
    return NULL;
}

int hax_import_column_index(const hax_import_section *section, const char *name)
{
    for (int c = 0; c < section->column_count; c++)
        if (strcmp(section->columns[c].name, name) == 0)
            return c;
    return -1;
}

static const hax_import_value *find_fact(const hax_import_section *section, const char *name)
{
    for (int f = 0; f < section->fact_count; f++)
        if (strcmp(section->facts[f].name, name) == 0)
            return &section->facts[f].value;
    return NULL;
}

double hax_import_fact_number(const hax_import_section *section, const char *name)
{
    const hax_import_value *value = find_fact(section, name);
    return value && !value->text ? value->number : NAN;
}

const char *hax_import_fact_text(const hax_import_section *section, const char *name)
{
    const hax_import_value *value = find_fact(section, name);
    return value ? value->text : NULL;
}
