#include "stream_control.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "output.h"
#include "sources.h"

enum { WORDS_MOST = 5, EVENTS_MOST = 100000 };

static const char grammar[] =
    "lines are [@SECONDS] rate NET HZ, add NET [HZ], remove NET, and on a virtual clock slow UNIT "
    "FACTOR, lose [MS]";

typedef struct verb_row {
    const char *name;
    cli_control_verb verb;
    bool network, unit;    /* what it names */
    bool number, optional; /* takes one; may stand without */
    double min, max;
} verb_row;

static const verb_row verbs[] = {
    { "rate", CLI_CONTROL_RATE, true, false, true, false, 1e-6, 1e6 },
    { "add", CLI_CONTROL_ADD, true, false, true, true, 1e-6, 1e6 },
    { "remove", CLI_CONTROL_REMOVE, true, false, false, false, 0, 0 },
    { "slow", CLI_CONTROL_SLOW, false, true, true, false, 1e-3, 1e3 },
    { "lose", CLI_CONTROL_LOSE, false, false, true, true, 0, 1e9 },
};

/* ---- words ----------------------------------------------------------------------------------- */

static int split(char *line, char **words)
{
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\r\n", &rest); word && *word != '#';
         word = strtok_r(NULL, " \t\r\n", &rest)) {
        if (count < WORDS_MOST)
            words[count] = word;
        count++;
    }
    return count;
}

static bool read_number(const char *text, double min, double max, double *number)
{
    char *end;
    errno = 0;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && *number >= min && *number <= max;
}

static hax_status find_network(const cli_control *control, const char *word, int *network,
                               hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(word, strlen(word));
    for (int n = 0; n < control->networks->count; n++) {
        *network = n;
        if (cli_network_is_called(control->networks, n, control->operands[n], word, strlen(word)))
            return HAX_OK;
        hax_nearest_offer(&nearest, cli_network_name(control->networks, n));
    }
    if (nearest.best)
        return cli_fail(err, HAX_BAD_INPUT, "no network is called '%.100s', did you mean %s?", word,
                        nearest.best);
    return cli_fail(err, HAX_BAD_INPUT,
                    "no network is called '%.100s': a network that is to come stands on the "
                    "command line and in --standby, so that it is ready when it comes",
                    word);
}

static hax_status find_unit(const cli_control *control, const char *word, int *unit, hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(word, strlen(word));
    for (int u = 0; u < control->platform->unit_count; u++) {
        *unit = u;
        if (strcmp(control->platform->units[u].name, word) == 0)
            return HAX_OK;
        hax_nearest_offer(&nearest, control->platform->units[u].name);
    }
    return cli_fail(err, HAX_BAD_INPUT, "platform '%s' has no unit '%.100s'%s%s",
                    control->platform->name, word, nearest.best ? ", did you mean " : "",
                    nearest.best ? nearest.best : "");
}

static const verb_row *find_verb(const char *word)
{
    for (size_t v = 0; v < sizeof verbs / sizeof *verbs; v++)
        if (strcmp(verbs[v].name, word) == 0)
            return &verbs[v];
    return NULL;
}

/* The words behind the verb. */
static hax_status read_object(const cli_control *control, const verb_row *verb, int count,
                              char **words, cli_control_event *event, hax_error *err)
{
    int named = verb->network || verb->unit;
    int most = named + verb->number, least = most - verb->optional;
    if (count < least || count > most)
        return cli_fail(err, HAX_BAD_INPUT, "'%s' has %d words behind it: %s", verb->name, count,
                        grammar);
    event->number = NAN;
    if (verb->number && count == most &&
        !read_number(words[named], verb->min, verb->max, &event->number))
        return cli_fail(err, HAX_BAD_INPUT, "'%s %.60s': a number from %g to %g stands there",
                        verb->name, words[named], verb->min, verb->max);
    if (verb->network)
        return find_network(control, words[0], &event->object, err);
    return verb->unit ? find_unit(control, words[0], &event->object, err) : HAX_OK;
}

/* *any: there is something in the line. */
static hax_status read_line(const cli_control *control, char *line, cli_control_event *event,
                            bool *any, hax_error *err)
{
    char *words[WORDS_MOST];
    int count = split(line, words), first = 0;
    double seconds = 0;
    *any = count > 0;
    if (count == 0)
        return HAX_OK;
    if (words[0][0] == '@') {
        if (!read_number(words[0] + 1, 0, 1e9, &seconds))
            return cli_fail(err, HAX_BAD_INPUT,
                            "'%.60s': behind @ stand seconds from 0 to 1e9, from the start of the "
                            "run on",
                            words[0]);
        first = 1;
    }
    const verb_row *verb = first < count ? find_verb(words[first]) : NULL;
    if (!verb || count > WORDS_MOST)
        return cli_fail(err, HAX_BAD_INPUT, "'%.60s' is not known: %s",
                        first < count ? words[first] : words[0], grammar);
    if ((verb->verb == CLI_CONTROL_SLOW || verb->verb == CLI_CONTROL_LOSE) &&
        !control->platform->simulated)
        return cli_fail(
            err, HAX_BAD_INPUT,
            "'%s' is for virtual clocks: units of platform '%s' are as fast as they are",
            verb->name, control->platform->name);
    event->time_ns = (int64_t) llround(seconds * 1e9);
    event->verb = verb->verb;
    return read_object(control, verb, count - first - 1, &words[first + 1], event, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

static hax_status add_line(cli_control *control, char *line, hax_error *err)
{
    cli_control_event event = { .line = ++control->lines };
    bool any;
    hax_status status = read_line(control, line, &event, &any, err);
    if (status != HAX_OK || !any)
        return status;
    if (control->next > 0 && control->next == control->count) /* all are done */
        control->next = control->count = 0;
    if (control->count == EVENTS_MOST)
        return cli_fail(err, HAX_LIMIT, "%d changes wait already", EVENTS_MOST);
    cli_control_event *events =
        realloc(control->events, (size_t) (control->count + 1) * sizeof *events);
    if (!events)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a change");
    control->events = events;
    events[control->count++] = event;
    return HAX_OK;
}

static const char *file_name(const cli_control *control)
{
    return cli_to_stdout(control->path) ? "standard input" : control->path;
}

static hax_status read_all(cli_control *control, FILE *file, hax_error *err)
{
    char *line = NULL;
    size_t room = 0;
    hax_status status = HAX_OK;
    errno = 0;
    while (status == HAX_OK && getline(&line, &room, file) >= 0)
        status = add_line(control, line, err);
    /* without memory for a line the stream has neither ended nor failed */
    if (status == HAX_OK && !feof(file))
        status = cli_fail_system(err, HAX_IO, errno, "cannot read '%s'", file_name(control));
    free(line);
    if (status == HAX_BAD_INPUT && err) {
        hax_error why = *err;
        cli_fail(err, status, "%s, line %d: %s", file_name(control), control->lines, why.message);
    }
    return status;
}

static hax_status read_before(cli_control *control, hax_error *err)
{
    if (cli_to_stdout(control->path))
        return read_all(control, stdin, err);
    FILE *file = fopen(control->path, "r");
    if (!file)
        return cli_fail_system(err, HAX_IO, errno, "cannot read '%s'", control->path);
    hax_status status = read_all(control, file, err);
    fclose(file);
    return status;
}

hax_status cli_control_open(cli_control *control, const char *path, const cli_networks *networks,
                            const char *const *operands, const hax_platform *platform,
                            const hax_frame_source *given, const hax_frame_source *sources,
                            hax_error *err)
{
    *control = (cli_control){ .path = path,
                              .networks = networks,
                              .operands = operands,
                              .platform = platform,
                              .given = given };
    memcpy(control->now, sources, (size_t) networks->count * sizeof *sources);
    if (!path)
        return HAX_OK;
    control->live = cli_to_stdout(path) && !platform->simulated;
    return control->live ? HAX_OK : read_before(control, err);
}

void cli_control_close(cli_control *control)
{
    free(control->events);
    control->events = NULL;
}

static void take_live_line(cli_control *control, char *line)
{
    hax_error err = { 0 };
    char text[HAX_ERROR_MESSAGE_MAX + 100];
    if (add_line(control, line, &err) == HAX_OK)
        return;
    snprintf(text, sizeof text, "standard input, line %d: %s", control->lines, err.message);
    cli_print_warning(text);
}

/* What has come since; a line that is too long is cut in two, of which neither is understood. */
static void follow(cli_control *control)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    while (control->live && poll(&input, 1, 0) > 0) {
        size_t room = sizeof control->partial - 1 - control->partial_bytes;
        ssize_t got = read(STDIN_FILENO, control->partial + control->partial_bytes, room);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        control->live = got > 0;
        control->partial_bytes += got > 0 ? (size_t) got : 0;
        control->partial[control->partial_bytes] = '\0';
        for (char *end; (end = strchr(control->partial, '\n')) != NULL || !control->live ||
                        control->partial_bytes == sizeof control->partial - 1;) {
            size_t used = end ? (size_t) (end - control->partial) + 1 : control->partial_bytes;
            char line[CLI_CONTROL_LINE_BYTES];
            if (used == 0)
                break;
            memcpy(line, control->partial, used);
            line[used < sizeof line ? used : sizeof line - 1] = '\0';
            control->partial_bytes -= used;
            memmove(control->partial, control->partial + used, control->partial_bytes + 1);
            take_live_line(control, line);
        }
    }
}

/* ---- doing ----------------------------------------------------------------------------------- */

static hax_status set_source(cli_control *control, hax_stream *stream, int network,
                             const hax_frame_source *source, hax_error *err)
{
    hax_status status = hax_stream_set_source(stream, network, source, err);
    if (status == HAX_OK)
        control->now[network] = *source;
    return status;
}

static hax_status refuse_absent(const cli_control *control, int network, hax_error *err)
{
    return cli_fail(err, HAX_BAD_INPUT, "'%s' has no frames now: add it",
                    cli_network_name(control->networks, network));
}

static hax_status do_event(cli_control *control, hax_stream *stream, const cli_control_event *event,
                           hax_error *err)
{
    hax_frame_source source = control->now[event->object];
    const bool absent = source.release == HAX_NO_FRAMES;
    switch (event->verb) {
    case CLI_CONTROL_SLOW: return hax_stream_slow_unit(stream, event->object, event->number, err);
    case CLI_CONTROL_LOSE:
        return hax_stream_lose_workers(stream, isnan(event->number) ? 0 : event->number, err);
    case CLI_CONTROL_REMOVE:
        if (absent)
            return refuse_absent(control, event->object, err);
        source.release = HAX_NO_FRAMES;
        break;
    case CLI_CONTROL_RATE:
        if (absent)
            return refuse_absent(control, event->object, err);
        cli_source_set_rate(&source, event->number);
        break;
    case CLI_CONTROL_ADD:
        if (!absent)
            return cli_fail(err, HAX_BAD_INPUT, "'%s' has frames already: change its rate",
                            cli_network_name(control->networks, event->object));
        source = control->given[event->object];
        if (!isnan(event->number))
            cli_source_set_rate(&source, event->number);
        break;
    }
    return set_source(control, stream, event->object, &source, err);
}

hax_status cli_control_step(cli_control *control, hax_stream *stream, int64_t now_ns,
                            int64_t *next_ns, hax_error *err)
{
    (void) err;
    if (control->live)
        follow(control);
    for (; control->next < control->count; control->next++) {
        const cli_control_event *event = &control->events[control->next];
        hax_error why = { 0 };
        char text[HAX_ERROR_MESSAGE_MAX + 200];
        if (event->time_ns > now_ns) {
            *next_ns = event->time_ns;
            return HAX_OK;
        }
        if (do_event(control, stream, event, &why) == HAX_OK)
            continue;
        snprintf(text, sizeof text, "%s, line %d: %s", file_name(control), event->line,
                 why.message);
        cli_print_warning(text);
    }
    return HAX_OK;
}
