/*
 * Guards: the library answers with the version its header has.
 */
#include "check.h"

int main(void)
{
    CHECK_EQUAL(US_ABI_VERSION, us_abi_version());
    return 0;
}
