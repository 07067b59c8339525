/*
 * sanitizer.h - which sanitizer the tests are built with: HAS_ADDRESS_SANITIZER, HAS_THREAD_SANITIZER, HAS_SANITIZER, each 1
 * or 0; and SLOWER, by which a loop over many cases is divided under ThreadSanitizer, which checks every access of
 * several threads and takes five to ten times as long. The other builds try all of the cases.
 */
#ifndef TESTS_SUPPORT_SANITIZER_H
#define TESTS_SUPPORT_SANITIZER_H

#if defined(__has_feature)
#define HAS_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#define HAS_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#ifdef __SANITIZE_ADDRESS__
#define HAS_ADDRESS_SANITIZER 1
#else
#define HAS_ADDRESS_SANITIZER 0
#endif
#ifdef __SANITIZE_THREAD__
#define HAS_THREAD_SANITIZER 1
#else
#define HAS_THREAD_SANITIZER 0
#endif
#endif

#define HAS_SANITIZER (HAS_ADDRESS_SANITIZER || HAS_THREAD_SANITIZER)
#define SLOWER (HAS_THREAD_SANITIZER ? 4 : 1)

#endif
