/* What commands for NVIDIA's boards have in common. */
#include "jetson.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"

const char *const cli_precisions[] = { "fp16", "int8", "fp32", NULL };

hax_status cli_target_make(const cli_target *told, hax_jetson_target *target, hax_error *err)
{
    hax_status status = hax_jetson_target_make(told->board, told->tensorrt, target, err);
    if (status != HAX_OK)
        return status;
    target->precision = (hax_jetson_precision) told->precision;
    target->batch = told->batch;
    return HAX_OK;
}

hax_status cli_write_script(const char *path, const char *text, hax_error *err)
{
    struct stat info;
    hax_status status = hax_document_write(path, text, strlen(text), err);
    if (status != HAX_OK || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return status; /* what went to a pipe or a device is nobody's to execute */
    mode_t readers = info.st_mode & 0444;
    if (chmod(path, (info.st_mode & 0777) | readers >> 2) != 0)
        return cli_fail(err, HAX_IO, "%s: %s", path, strerror(errno));
    return HAX_OK;
}
