/*
 * other-version.c: what an assembly finds that is deployed with the library of another version. A helper, no test.
 */
#include <stdint.h>

__attribute__((visibility("default"))) uint32_t us_abi_version(void);

uint32_t us_abi_version(void) { return UINT32_MAX; }
