/* Parsing of a command's arguments. */
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* Where the parser stands. */
struct cursor {
    const cli_command *command;
    int argc;
    char *const *argv;
    int at;
};

static hax_status unknown_option(const cli_command *command, const char *given, hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(given, strlen(given));
    hax_nearest_offer(&nearest, "help");
    if (command->measures)
        hax_nearest_offer(&nearest, "dry-run");
    for (const cli_option *option = command->options; option->name; option++)
        hax_nearest_offer(&nearest, option->name);
    if (nearest.best)
        return cli_fail(err, HAX_USAGE, "%s: unknown option '--%s', did you mean --%s?",
                        command->name, given, nearest.best);
    return cli_fail(err, HAX_USAGE, "%s: unknown option '--%s', see 'haxconn help %s'",
                    command->name, given, command->name);
}

static const cli_option *find_long(const cli_command *command, const char *name, size_t length)
{
    for (const cli_option *option = command->options; option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static const cli_option *find_letter(const cli_command *command, char letter)
{
    for (const cli_option *option = command->options; option->name; option++)
        if (option->letter == letter)
            return option;
    return NULL;
}

static hax_status bad_value(const cli_option *option, const char *value, const char *expected,
                            hax_error *err)
{
    return cli_fail(err, HAX_USAGE, "--%s: '%s' is not %s", option->name, value, expected);
}

static hax_status read_number(const cli_option *option, const char *value, double *out,
                              hax_error *err)
{
    char *end;
    double number = strtod(value, &end); /* huge ones become infinite, tiny ones 0 */
    if (end == value || *end != '\0' || isnan(number))
        return bad_value(option, value, "a number", err);
    if (number < option->min || number > option->max)
        return cli_fail(err, HAX_USAGE, "--%s: %s is out of range, give %.10g to %.10g",
                        option->name, value, option->min, option->max);
    *out = number;
    return HAX_OK;
}

static hax_status read_choice(const cli_option *option, const char *value, int *out, hax_error *err)
{
    char known[256] = "one of";
    size_t used = strlen(known);
    hax_nearest nearest = hax_nearest_start(value, strlen(value));
    for (int i = 0; option->choices[i]; i++) {
        hax_nearest_offer(&nearest, option->choices[i]);
        if (strcmp(option->choices[i], value) == 0) {
            *out = i;
            return HAX_OK;
        }
        if (used < sizeof known)
            used += (size_t) snprintf(known + used, sizeof known - used, "%s %s", i > 0 ? "," : "",
                                      option->choices[i]);
    }
    return cli_fail(err, HAX_USAGE, "--%s: '%s' is not %s%s", option->name, value, known,
                    hax_nearest_words(&nearest).text);
}

/* Another word behind the platform's name, kept until that is known. */
static hax_status add_gpu_word(cli_arguments *arguments, const char *value, hax_error *err)
{
    size_t had = arguments->platform ? strlen(arguments->platform) : 0;
    char *grown = realloc(arguments->platform, had + strlen(value) + 2);
    if (!grown)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the arguments");
    sprintf(grown + had, ",%s", value);
    arguments->platform = grown;
    return HAX_OK;
}

/* "gpu" and ",f16" are one name: the platform's. */
static hax_status join_gpu_words(const cli_command *command, cli_arguments *arguments,
                                 hax_error *err)
{
    const cli_option *option = command->options;
    while (option->name &&
           !(option->kind == CLI_GPU && arguments->given[option - command->options]))
        option++;
    if (!option->name)
        return HAX_OK;
    const char **field = (const char **) (void *) ((char *) arguments->settings + option->offset);
    const char *name = *field ? *field : "host";
    size_t length = strcspn(name, ",");
    if (strncmp(name, "gpu", length) != 0 && strncmp(name, "machine", length) != 0)
        return cli_fail(err, HAX_USAGE,
                        "--%s has no effect on platform '%.100s': --platform gpu, or machine, has "
                        "a GPU",
                        option->name, name);
    char *joined = malloc(strlen(name) + strlen(arguments->platform) + 1);
    if (!joined)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the arguments");
    sprintf(joined, "%s%s", name, arguments->platform);
    free(arguments->platform);
    *field = arguments->platform = joined;
    return HAX_OK;
}

static hax_status store(const cli_option *option, const char *value, void *settings, hax_error *err)
{
    void *field = (char *) settings + option->offset;
    double number = 0;
    cli_list *list = field;
    switch (option->kind) {
    case CLI_FLAG: *(bool *) field = true; return HAX_OK;
    case CLI_TEXT:
    case CLI_FILE:
    case CLI_FOLDER: *(const char **) field = value; return HAX_OK;
    case CLI_LIST:
        if (list->count == CLI_LIST_MAX)
            return cli_fail(err, HAX_USAGE, "--%s stands more than %d times", option->name,
                            CLI_LIST_MAX);
        list->items[list->count++] = value;
        return HAX_OK;
    case CLI_CHOICE: return read_choice(option, value, field, err);
    case CLI_NUMBER: return read_number(option, value, field, err);
    case CLI_GPU:
    case CLI_WHOLE: break;
    }
    hax_status status = read_number(option, value, &number, err);
    if (status != HAX_OK)
        return status;
    if (number != floor(number))
        return bad_value(option, value, "a whole number", err);
    *(int *) field = (int) number;
    return HAX_OK;
}

/* The argument at the cursor is an option: its value is joined by '=' or comes next. */
static hax_status take_option(struct cursor *cursor, cli_arguments *arguments, hax_error *err)
{
    const char *given = cursor->argv[cursor->at++];
    bool is_long = given[1] == '-';
    const char *name = given + 1 + is_long;
    size_t length = is_long ? strcspn(name, "=") : 1;
    const char *joined = name[length] == '='   ? name + length + 1
                         : !is_long && name[1] ? name + 1
                                               : NULL;
    if ((is_long && length == 4 && strncmp(name, "help", 4) == 0) || strcmp(given, "-h") == 0) {
        arguments->help = true;
        return HAX_OK;
    }
    if (is_long && cursor->command->measures && strcmp(name, "dry-run") == 0) {
        arguments->dry_run = true;
        return HAX_OK;
    }
    const cli_option *option =
        is_long ? find_long(cursor->command, name, length) : find_letter(cursor->command, name[0]);
    if (!option && is_long) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int) (length < 60 ? length : 60), name);
        return unknown_option(cursor->command, word, err);
    }
    if (!option)
        return cli_fail(err, HAX_USAGE, "%s: unknown option '%s', see 'haxconn help %s'",
                        cursor->command->name, given, cursor->command->name);
    arguments->given[option - cursor->command->options] = true;
    if (option->kind == CLI_FLAG && joined)
        return cli_fail(err, HAX_USAGE, "--%s takes no value", option->name);
    if (option->kind == CLI_FLAG)
        return store(option, NULL, arguments->settings, err);
    if (!joined && cursor->at == cursor->argc)
        return cli_fail(err, HAX_USAGE, "--%s needs a value (%s)", option->name, option->value);
    const char *value = joined ? joined : cursor->argv[cursor->at++];
    return option->kind == CLI_GPU ? add_gpu_word(arguments, value, err)
                                   : store(option, value, arguments->settings, err);
}

static hax_status check_count(const cli_command *command, const cli_arguments *arguments,
                              hax_error *err)
{
    if (arguments->operand_count < command->operand_min)
        return cli_fail(err, HAX_USAGE, "%s: an operand is missing, usage: haxconn %s %s",
                        command->name, command->name, command->operands);
    if (command->operand_max >= 0 && arguments->operand_count > command->operand_max)
        return cli_fail(err, HAX_USAGE, "%s: unexpected operand '%s', see 'haxconn help %s'",
                        command->name, arguments->operands[command->operand_max], command->name);
    return HAX_OK;
}

static size_t count_options(const cli_command *command)
{
    size_t count = 0;
    while (command->options[count].name)
        count++;
    return count;
}

hax_status cli_parse(const cli_command *command, int argc, char *const *argv,
                     cli_arguments *arguments, hax_error *err)
{
    *arguments = (cli_arguments){
        .settings = malloc(command->settings_size + 1),
        .operands = calloc((size_t) argc + 1, sizeof *arguments->operands),
        .given = calloc(count_options(command) + 1, sizeof *arguments->given),
    };
    if (!arguments->settings || !arguments->operands || !arguments->given)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for the arguments");
    if (command->settings_size > 0)
        memcpy(arguments->settings, command->defaults, command->settings_size);
    struct cursor cursor = { command, argc, argv, 0 };
    bool options = true;
    while (cursor.at < argc) {
        const char *given = argv[cursor.at];
        if (options && strcmp(given, "--") == 0) {
            options = false;
            cursor.at++;
        } else if (options && given[0] == '-' && given[1] != '\0') {
            hax_status status = take_option(&cursor, arguments, err);
            if (status != HAX_OK)
                return status;
        } else {
            arguments->operands[arguments->operand_count++] = given;
            cursor.at++;
        }
    }
    if (arguments->help)
        return HAX_OK;
    hax_status status = join_gpu_words(command, arguments, err);
    return status == HAX_OK ? check_count(command, arguments, err) : status;
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool is_output(const cli_option *option)
{
    return option->kind == CLI_FILE || option->kind == CLI_FOLDER;
}

/* The place that an output is to go to; NULL: nowhere. */
static const char *place_of(const cli_option *option, const cli_arguments *arguments)
{
    const void *field = (const char *) arguments->settings + option->offset;
    return is_output(option) ? *(const char *const *) field : NULL;
}

hax_status cli_probe_outputs(const cli_command *command, const cli_arguments *arguments,
                             hax_error *err)
{
    hax_status status = HAX_OK;
    for (const cli_option *option = command->options; option->name && status == HAX_OK; option++) {
        const char *place = place_of(option, arguments);
        for (const cli_option *other = command->options; place && other < option; other++) {
            const char *taken = place_of(other, arguments);
            if (taken && strcmp(taken, place) == 0)
                return cli_fail(err, HAX_USAGE, "--%s and --%s both go to '%s': name two places",
                                other->name, option->name, place);
        }
        if (place && option->kind == CLI_FILE && place[0] && place[strlen(place) - 1] != '/')
            status = hax_document_probe(place, err);
        else if (place)
            status = hax_document_probe_folder(place, err);
    }
    return status;
}

/* ---- options that mean nothing --------------------------------------------------------------- */

hax_status cli_end_dry(const cli_call *call)
{
    (void) call;
    puts("dry run: the options, the networks and the files are in order; nothing was measured");
    return HAX_OK;
}

bool cli_given(const cli_call *call, const char *name)
{
    const cli_option *option = find_long(call->command, name, strlen(name));
    return option && call->given[option - call->command->options];
}

static bool is_listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

hax_status cli_only_options(const cli_call *call, const char *what, const char *const *allowed,
                            hax_error *err)
{
    char known[400] = "no options";
    size_t used = 0;
    for (const char *const *name = allowed; *name && used < sizeof known; name++)
        used +=
            (size_t) snprintf(known + used, sizeof known - used, "%s--%s", used ? ", " : "", *name);
    for (const cli_option *option = call->command->options; option->name; option++)
        if (call->given[option - call->command->options] && !is_listed(allowed, option->name))
            return cli_fail(err, HAX_USAGE, "%s: --%s has no effect there; it takes %s", what,
                            option->name, known);
    return HAX_OK;
}

hax_status cli_bar_options(const cli_call *call, const char *what, const char *const *barred,
                           const char *why, hax_error *err)
{
    for (const cli_option *option = call->command->options; option->name; option++)
        if (call->given[option - call->command->options] && is_listed(barred, option->name))
            return cli_fail(err, HAX_USAGE, "%s: --%s has no effect %s", what, option->name, why);
    return HAX_OK;
}

void cli_arguments_free(cli_arguments *arguments)
{
    free(arguments->settings);
    free(arguments->operands);
    free(arguments->given);
    free(arguments->platform);
    *arguments = (cli_arguments){ 0 };
}
