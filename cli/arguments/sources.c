#include "sources.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

typedef enum source_key {
    KEY_RATE,
    KEY_DEADLINE,
    KEY_BUFFER,
    KEY_POLICY,
} source_key;

static const char *const key_names[] = { "rate", "deadline", "buffer", "policy" };

/* A network at a rate without a word on deadlines has one of a period. */
static void set_rate(hax_frame_source *source, double rate_hz)
{
    bool by_period = isinf(source->deadline_ms) || (source->release == HAX_PERIODIC &&
                                                    source->deadline_ms == 1e3 / source->rate_hz);
    source->release = HAX_PERIODIC;
    source->rate_hz = rate_hz;
    if (by_period)
        source->deadline_ms = 1e3 / rate_hz;
}

static bool read_number(const char *text, double min, double max, double *number)
{
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && *number >= min && *number <= max;
}

static hax_status apply(source_key key, const char *item, const char *value,
                        hax_frame_source *source, hax_error *err)
{
    double number = 0;
    switch (key) {
    case KEY_RATE:
        if (!read_number(value, 1e-6, 1e6, &number))
            return cli_fail(err, HAX_USAGE,
                            "--rate %s: frames a second are a number from 1e-6 to 1e6", item);
        set_rate(source, number);
        return HAX_OK;
    case KEY_DEADLINE:
        if (!read_number(value, 1e-6, 1e12, &source->deadline_ms))
            return cli_fail(
                err, HAX_USAGE,
                "--deadline %s: milliseconds from a frame's release to its result are a "
                "number from 1e-6 to 1e12",
                item);
        return HAX_OK;
    case KEY_BUFFER:
        if (!read_number(value, 1, HAX_FRAME_BUFFER_MAX, &number) || number != floor(number))
            return cli_fail(err, HAX_USAGE,
                            "--buffer %s: frames that may wait are a whole number from 1 to %d",
                            item, HAX_FRAME_BUFFER_MAX);
        source->buffer = (int) number;
        return HAX_OK;
    case KEY_POLICY: break;
    }
    if (strcmp(value, "latest") != 0 && strcmp(value, "queue") != 0)
        return cli_fail(err, HAX_USAGE, "--policy %s: latest or queue", item);
    source->policy = strcmp(value, "queue") == 0 ? HAX_KEEP_QUEUE : HAX_KEEP_LATEST;
    return HAX_OK;
}

/* What reports call an instance. */
static const char *name_of(const cli_networks *networks, int n)
{
    return networks->names ? networks->names[n] : networks->items[n].name;
}

static hax_status refuse_name(source_key key, const char *item, size_t length,
                              const cli_networks *networks, hax_error *err)
{
    char given[100];
    length = length < sizeof given - 1 ? length : sizeof given - 1;
    memcpy(given, item, length);
    given[length] = '\0';
    hax_nearest nearest = hax_nearest_start(given, strlen(given));
    for (int n = 0; n < networks->count; n++)
        hax_nearest_offer(&nearest, name_of(networks, n));
    if (nearest.best)
        return cli_fail(err, HAX_USAGE, "--%s %s: no network is called '%s', did you mean %s?",
                        key_names[key], item, given, nearest.best);
    return cli_fail(err, HAX_USAGE, "--%s %s: no network is called '%s'; there is '%s'%s",
                    key_names[key], item, given, name_of(networks, 0),
                    networks->count > 1 ? " and others" : "");
}

static hax_status read_item(source_key key, const char *item, const cli_networks *networks,
                            const char *const *operands, hax_frame_source *sources, hax_error *err)
{
    const char *equals = strrchr(item, '=');
    if (!equals || equals == item)
        return cli_fail(err, HAX_USAGE, "--%s %s: write NET=VALUE", key_names[key], item);
    size_t length = (size_t) (equals - item);
    bool every = length == 1 && item[0] == '*', found = false;
    for (int n = 0; n < networks->count; n++) {
        if (!every && !cli_network_is_called(networks, n, operands[n], item, length))
            continue;
        found = true;
        hax_status status = apply(key, item, equals + 1, &sources[n], err);
        if (status != HAX_OK)
            return status;
    }
    return found ? HAX_OK : refuse_name(key, item, length, networks, err);
}

hax_status cli_sources_make(const cli_networks *networks, const char *const *operands,
                            const cli_source_options *options, hax_frame_source *sources,
                            hax_error *err)
{
    const cli_list *const lists[] = { options->rates, options->deadlines, options->buffers,
                                      options->policies };
    const hax_workload *workload = networks->workload;
    for (int n = 0; n < networks->count; n++)
        sources[n] = workload ? workload->sources[n] : hax_frame_source_default();
    for (int key = KEY_RATE; key <= KEY_POLICY; key++)
        for (int i = 0; i < lists[key]->count; i++) {
            hax_status status =
                read_item((source_key) key, lists[key]->items[i], networks, operands, sources, err);
            if (status != HAX_OK)
                return status;
        }
    return HAX_OK;
}
