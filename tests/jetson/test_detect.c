/* Boards by what their device trees call them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "jetson.h"

static void is(const char *model, double gib, const char *board)
{
    const hax_jetson_board *found = hax_jetson_board_detect(model, gib);
    if (!found != !board || (found && strcmp(found->name, board) != 0))
        fail_msg("%s, %g GiB: %s, not %s", model, gib, found ? found->name : "none",
                 board ? board : "none");
}

static void test_boards(void **state)
{
    (void) state;
    is("Jetson-AGX", 31, "xavier-agx");
    is("NVIDIA Jetson AGX Xavier Developer Kit", 31, "xavier-agx");
    is("NVIDIA Jetson Xavier NX Developer Kit", 7, "xavier-nx");
    is("NVIDIA Jetson AGX Orin Developer Kit", 61, "orin-agx");
    is("NVIDIA Jetson Orin NX Engineering Reference Developer Kit", 15.3, "orin-nx-16gb");
    is("NVIDIA Jetson Orin NX Engineering Reference Developer Kit", 7.4, "orin-nx-8gb");
    is("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", 7.4, "orin-nano-8gb");
    is("NVIDIA Jetson AGX Thor Developer Kit", 122, "thor");
}

static void test_others(void **state)
{
    (void) state;
    is("NVIDIA Jetson Nano Developer Kit", 4, NULL);
    is("Raspberry Pi 5 Model B Rev 1.0", 8, NULL);
    is("", 8, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_boards),
                                        cmocka_unit_test(test_others) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
