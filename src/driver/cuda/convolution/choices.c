/* Plans of convolutions that were chosen (choices.h). */
#define _GNU_SOURCE
#include "choices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_store.h"

void hax_cuda_choices_free(hax_device *device)
{
    for (hax_cuda_choice *choice = device->choices, *next; choice; choice = next) {
        next = choice->next;
        if (choice->owned)
            device->api.cudnnBackendDestroyDescriptor(choice->plan);
        free(choice);
    }
    device->choices = NULL;
}

/* ---- as texts -------------------------------------------------------------------------------- */

char *hax_cuda_plan_text(const hax_cuda_api *api, cudnnBackendDescriptor_t plan)
{
    int64_t size = 0, written = 0;
    if (api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                      CUDNN_TYPE_CHAR, 0, &size, NULL) != CUDNN_STATUS_SUCCESS)
        return NULL;
    char *text = calloc((size_t) size + 1, 1);
    if (text && api->cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                              CUDNN_TYPE_CHAR, size, &written,
                                              text) == CUDNN_STATUS_SUCCESS)
        return text;
    free(text);
    return NULL;
}

cudnnBackendDescriptor_t hax_cuda_plan_read(const hax_cuda_api *api, cudnnHandle_t handle,
                                            const char *text)
{
    cudnnBackendDescriptor_t plan;
    if (api->cudnnBackendCreateDescriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, &plan) !=
        CUDNN_STATUS_SUCCESS)
        return NULL;
    if (api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
                                      &handle) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                      CUDNN_TYPE_CHAR, (int64_t) strlen(text),
                                      text) == CUDNN_STATUS_SUCCESS &&
        api->cudnnBackendFinalize(plan) == CUDNN_STATUS_SUCCESS)
        return plan;
    api->cudnnBackendDestroyDescriptor(plan);
    return NULL;
}

/* ---- by key ---------------------------------------------------------------------------------- */

static hax_cuda_choice *find_choice(hax_device *device, const char *key)
{
    for (hax_cuda_choice *choice = device->choices; choice; choice = choice->next)
        if (strcmp(choice->key, key) == 0)
            return choice;
    return NULL;
}

hax_status hax_cuda_choice_add(hax_device *device, const char *key, hax_cuda_choice **choice,
                               hax_error *err)
{
    hax_cuda_choice *cuda_choice = calloc(1, sizeof *cuda_choice);
    if (!cuda_choice)
        return hax_fail_memory(err, "a plan");
    snprintf(cuda_choice->key, sizeof cuda_choice->key, "%s", key);
    cuda_choice->next = device->choices;
    device->choices = cuda_choice;
    *choice = cuda_choice;
    return HAX_OK;
}

void hax_cuda_choice_keep(const hax_device *device, const hax_cuda_choice *choice)
{
    hax_cuda_stored stored = { -1, 0, NULL };
    if (choice->plan)
        stored = (hax_cuda_stored){ choice->engine, choice->us,
                                    hax_cuda_plan_text(&device->api, choice->plan) };
    if (device->plans[0] && (!choice->plan || stored.json))
        hax_cuda_plan_keep(device->plans, choice->key, &stored);
    free(stored.json);
}

/* A choice of before; *choice NULL: there is none, or it does not load any more. */
static hax_status load(const hax_program *program, const char *key, hax_cuda_choice **choice,
                       hax_error *err)
{
    hax_device *device = program->device;
    hax_cuda_stored stored;
    cudnnBackendDescriptor_t plan = NULL;
    *choice = NULL;
    if (!device->plans[0] || !hax_cuda_plan_load(device->plans, key, &stored))
        return HAX_OK;
    if (stored.engine >= 0)
        plan = hax_cuda_plan_read(&device->api, program->unit->cudnn, stored.json);
    free(stored.json);
    if (stored.engine >= 0 && !plan)
        return HAX_OK;
    HAX_TRY(hax_cuda_choice_add(device, key, choice, err));
    (*choice)->plan = plan;
    (*choice)->owned = (*choice)->unchecked = plan != NULL;
    (*choice)->engine = stored.engine;
    (*choice)->us = stored.us;
    return HAX_OK;
}

hax_status hax_cuda_choice_recall(const hax_program *program,
                                  const hax_cuda_convolution *convolution, hax_cuda_choice **choice,
                                  hax_error *err)
{
    char key[HAX_CUDA_KEY_BYTES];
    hax_cuda_convolution_key(convolution, &program->device->gpu, program->unit->sms, key,
                             sizeof key);
    *choice = find_choice(program->device, key);
    return *choice ? HAX_OK : load(program, key, choice, err);
}
