/* Sanitizers make the search some ten times as slow: tests over many random inputs take a twentieth
 * of them there, the first ones of those that `make test` tries. */
#ifndef TESTS_INSTRUMENTED_H
#define TESTS_INSTRUMENTED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_INSTRUMENTED 1
#endif
#endif

#ifdef TEST_INSTRUMENTED
#define TEST_COUNT(count) (((count) + 19) / 20)
#else
#define TEST_COUNT(count) (count)
#endif

#endif
