#include "feeds.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void describe_shape(const hax_shape *shape, char *text, size_t size)
{
    size_t used = (size_t) snprintf(text, size, "%s", shape->rank ? "" : "()");
    for (int d = 0; d < shape->rank && used < size; d++)
        used += (size_t) snprintf(text + used, size - used, "%s%lld", d ? "x" : "",
                                  (long long) shape->dims[d]);
}

/* The same dimensions, but for ones in front. */
static bool fits(const hax_shape *array, const hax_shape *input)
{
    int most = array->rank > input->rank ? array->rank : input->rank;
    for (int d = 1; d <= most; d++) {
        int64_t a = d <= array->rank ? array->dims[array->rank - d] : 1;
        int64_t b = d <= input->rank ? input->dims[input->rank - d] : 1;
        if (a != b)
            return false;
    }
    return true;
}

/* "it has 'left', 'right'" */
static hax_status refuse_name(const hax_profile_network *network, const char *name, hax_error *err)
{
    enum { NAMES_SHOWN = 6 };
    char known_buffer[HAX_ERROR_MESSAGE_MAX];
    hax_text known = hax_text_in(known_buffer, sizeof known_buffer);
    int count = hax_model_input_count(network->model);
    for (int i = 0; i < count && i < NAMES_SHOWN; i++)
        hax_text_printf(&known, "%s'%.60s'", i ? ", " : "",
                        hax_model_input_info(network->model, i).name);
    hax_status status =
        name ? hax_fail(err, HAX_BAD_INPUT, "%.100s has no input '%.100s', it has %s%s",
                        network->name, name, hax_text_get(&known),
                        count > NAMES_SHOWN ? ", ..." : "")
             : hax_fail(err, HAX_BAD_INPUT,
                        "%.100s has %d inputs (%s%s): say which of them the numbers are for",
                        network->name, count, hax_text_get(&known),
                        count > NAMES_SHOWN ? ", ..." : "");
    return status;
}

static int find_name(const hax_model *model, const char *name)
{
    for (int i = 0; i < hax_model_input_count(model); i++)
        if (strcmp(hax_model_input_info(model, i).name, name) == 0)
            return i;
    return -1;
}

hax_status hax_feed_find(const hax_profile_network *network, const hax_feed *feed, int *input,
                         hax_error *err)
{
    const hax_model *model = network->model;
    int found = feed->input                         ? find_name(model, feed->input)
                : hax_model_input_count(model) == 1 ? 0
                                                    : -1;
    if (found < 0)
        return refuse_name(network, feed->input, err);
    hax_tensor_info info = hax_model_input_info(model, found);
    if (!fits(&feed->array->shape, &info.shape)) {
        char has[100], needs[100];
        describe_shape(&feed->array->shape, has, sizeof has);
        describe_shape(&info.shape, needs, sizeof needs);
        return hax_fail(err, HAX_BAD_INPUT,
                        "input '%.100s' of %.100s has shape %s, the array for it %s", info.name,
                        network->name, needs, has);
    }
    assert(found < hax_model_input_count(model));
    *input = found;
    return HAX_OK;
}

/* Room for all inputs of all instances, each instance's beside each other. */
static hax_status reserve(const hax_profile_network *networks, int count, hax_fed_inputs *fed,
                          hax_error *err)
{
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += (size_t) hax_model_input_count(networks[i].model);
    fed->inputs = calloc((size_t) count + 1, sizeof *fed->inputs);
    fed->flat = calloc(total + 1, sizeof *fed->flat);
    if (!fed->inputs || !fed->flat)
        return hax_fail_memory(err, "inputs");
    const float **next = fed->flat;
    for (int i = 0; i < count; i++) {
        fed->inputs[i] = next;
        next += hax_model_input_count(networks[i].model);
    }
    assert(next == fed->flat + total);
    fed->count = count;
    return HAX_OK;
}

hax_status hax_feeds_resolve(const hax_profile_network *networks, int network_count,
                             const hax_feed *feeds, int feed_count, hax_fed_inputs *fed,
                             hax_error *err)
{
    *fed = (hax_fed_inputs){ 0 };
    HAX_TRY(reserve(networks, network_count, fed, err));
    for (int f = 0; f < feed_count; f++) {
        const hax_feed *feed = &feeds[f];
        int input;
        if (feed->network < 0 || feed->network >= network_count)
            return hax_fail(err, HAX_BAD_INPUT, "feed %d is for network %d; there are %d", f,
                            feed->network, network_count);
        HAX_TRY(hax_feed_find(&networks[feed->network], feed, &input, err));
        const float **slot = &fed->flat[fed->inputs[feed->network] - fed->flat + input];
        if (*slot)
            return hax_fail(err, HAX_BAD_INPUT, "two arrays for input '%.100s' of %.100s",
                            hax_model_input_info(networks[feed->network].model, input).name,
                            networks[feed->network].name);
        *slot = feed->array->values;
    }
    return HAX_OK;
}

void hax_feeds_free(hax_fed_inputs *fed)
{
    free(fed->inputs);
    free(fed->flat);
    *fed = (hax_fed_inputs){ 0 };
}
