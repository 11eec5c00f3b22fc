/* The nearest of known words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "haxconn/nearest.h"

static hax_nearest ask(const char *given)
{
    static const char *const words[] = { "resnet18", "resnet50", "resnet101", "alexnet",
                                         "gpu",      "dla0",     "dla1",      NULL };
    hax_nearest nearest = hax_nearest_start(given, strlen(given));
    for (const char *const *word = words; *word; word++)
        hax_nearest_offer(&nearest, *word);
    return nearest;
}

static void assert_nearest(const char *given, const char *best)
{
    hax_nearest nearest = ask(given);
    if (!best)
        assert_null(nearest.best);
    else
        assert_string_equal(nearest.best, best);
}

static void a_letter_may_be_wrong(void **state)
{
    (void) state;
    assert_nearest("alexnt", "alexnet");
    assert_nearest("alexnett", "alexnet");
    assert_nearest("alexent", "alexnet"); /* neighbours swapped */
    assert_nearest("resnet51", "resnet50");
    assert_nearest("gpi", "gpu");
    assert_nearest("dla", "dla0"); /* of two as near the first */
}

static void what_is_far_is_not_meant(void **state)
{
    (void) state;
    assert_nearest("vgg", NULL);
    assert_nearest("", NULL);
    assert_nearest("cpu4", NULL);
    assert_nearest("a-name-of-more-than-sixty-four-letters-is-none-that-anybody-could-have-meant",
                   NULL);
}

static void only_so_many_letters_are_read(void **state)
{
    (void) state;
    hax_nearest nearest = hax_nearest_start("gpi=3", 3);
    hax_nearest_offer(&nearest, "gpu");
    assert_string_equal(nearest.best, "gpu");
}

static void words_end_a_message(void **state)
{
    (void) state;
    hax_nearest near = ask("alexnt"), far = ask("vgg");
    assert_string_equal(hax_nearest_words(&near).text, ", did you mean 'alexnet'?");
    assert_string_equal(hax_nearest_words(&far).text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_may_be_wrong),
        cmocka_unit_test(what_is_far_is_not_meant),
        cmocka_unit_test(only_so_many_letters_are_read),
        cmocka_unit_test(words_end_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
