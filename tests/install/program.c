/* A program that uses the installed library, as C11 and as C++11. It has names of its own that the
 * library uses inside: with the static library, they would clash if those were global. */
#include <stdio.h>
#include <string.h>

#include <haxconn/haxconn.h>

#ifdef __cplusplus
extern "C" {
#endif
int heap_push(int value);
int layers_add(int value);
int program_build(int value);
#ifdef __cplusplus
}
#endif

int heap_push(int value)
{
    return value + 1;
}

int layers_add(int value)
{
    return value + 2;
}

int program_build(int value)
{
    return value + 3;
}

int main(void)
{
    hax_error err;
    hax_model *model = NULL;
    const hax_platform *platform = NULL;
    hax_cancel cancel = HAX_CANCEL_INIT;
    if (strcmp(hax_version(), HAX_VERSION) != 0 || hax_cancel_requested(&cancel))
        return 1;
    hax_cancel_request(&cancel);
    if (!hax_cancel_requested(&cancel))
        return 1;
    /* networks, kernels (a worker loads the module) and a document that was installed */
    if (hax_model_load("googlenet", NULL, &model, &err) != HAX_OK ||
        hax_platform_load("host", &platform, &err) != HAX_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s %d\n", platform->fingerprint.libraries, heap_push(layers_add(program_build(0))));
    hax_platform_destroy(platform);
    if (hax_platform_load("xavier-agx", &platform, &err) != HAX_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    hax_platform_destroy(platform);
    hax_model_destroy(model);
    return 0;
}
