/* What oneDNN's numbers and words mean, on architectures that are not here too. */
#define _GNU_SOURCE
#include "fixture.h"
#include "names.h"

static void masks_are_of_their_architecture(void **state)
{
    (void) state;
    static const struct {
        unsigned mask;
        const char *x86, *arm;
        int x86_block, arm_block;
    } rows[] = {
        { 0x1, "sse41", "asimd", 8, 8 },
        { 0x3, "avx", "sve_128", 8, 8 },
        { 0x7, "avx2", "sve_256", 8, 8 },
        { 0xf, "unknown", "sve_384", 8, 8 },
        { 0x27, "avx512_core", "sve_512", 16, 16 },
        { 0x1f, "unknown", "sve_512", 8, 16 },
        { 0x67, "avx512_core_vnni", "unknown", 16, 8 },
        { 0x0, "unknown", "unknown", 8, 8 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned mask = rows[i].mask;
        assert_string_equal(hax_isa_name(HAX_ARCHITECTURE_X86, mask), rows[i].x86);
        assert_string_equal(hax_isa_name(HAX_ARCHITECTURE_ARM, mask), rows[i].arm);
        assert_string_equal(hax_isa_name(HAX_ARCHITECTURE_OTHER, mask), "unknown");
        assert_int_equal(hax_isa_block(HAX_ARCHITECTURE_X86, mask), rows[i].x86_block);
        assert_int_equal(hax_isa_block(HAX_ARCHITECTURE_ARM, mask), rows[i].arm_block);
        assert_int_equal(hax_isa_block(HAX_ARCHITECTURE_OTHER, mask), 8);
    }
}

static void caps_are_of_their_architecture(void **state)
{
    (void) state;
    unsigned mask = 99;
    assert_true(hax_isa_find(HAX_ARCHITECTURE_X86, "sse41", &mask));
    assert_int_equal(mask, 0x1);
    assert_true(hax_isa_find(HAX_ARCHITECTURE_ARM, "sve_256", &mask));
    assert_int_equal(mask, 0x7);
    assert_false(hax_isa_find(HAX_ARCHITECTURE_ARM, "sse41", &mask));
    assert_false(hax_isa_find(HAX_ARCHITECTURE_X86, "asimd", &mask));
    assert_false(hax_isa_find(HAX_ARCHITECTURE_OTHER, "sse41", &mask));
    assert_int_equal(mask, 0x7); /* written on success only */
}

static void reference_kernels_are_slow(void **state)
{
    (void) state;
    static const char *const slow[] = { "ref", "ref:any", "gemm:ref", "simple_nchw:any" };
    static const char *const quick[] = { "jit:avx2",   "gemm:jit",          "simple:any",
                                         "gemm:acl",   "indirect_gemm:acl", "brg:sve_512",
                                         "gemm:ref_x", "jit:asimd" };
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        assert_true(hax_implementation_is_slow(slow[i]));
    for (size_t i = 0; i < sizeof quick / sizeof *quick; i++)
        assert_false(hax_implementation_is_slow(quick[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_of_their_architecture),
        cmocka_unit_test(caps_are_of_their_architecture),
        cmocka_unit_test(reference_kernels_are_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
