/* Tests that cannot be done here say why; scripts/test.sh repeats it below the results. */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#define SKIP(reason)                                          \
    do {                                                      \
        print_message("skipped: %s: %s\n", __func__, reason); \
        skip();                                               \
    } while (0)

#endif
