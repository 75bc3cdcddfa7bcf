/*
 * Guards: us_read_folder yields every entry once, in as many pieces as the buffer needs, then 0; -EINVAL for a buffer no entry fits into, -ENOTDIR for a file.
 */
#include "check.h"

enum { ENTRIES = 500, OFFSET_OF_LENGTH = 16, OFFSET_OF_NAME = 19 };

static bool seen[ENTRIES];

static void take_entries(const unsigned char *buffer, int32_t length)
{
    for (int32_t position = 0; position < length;) {
        uint16_t record;
        memcpy(&record, buffer + position + OFFSET_OF_LENGTH, sizeof record);
        const char *name = (const char *)buffer + position + OFFSET_OF_NAME;
        if (name[0] != '.') {
            long number = strtol(name, NULL, 10);
            CHECK(number >= 0 && number < ENTRIES && !seen[number]);
            seen[number] = true;
        }
        CHECK(record > OFFSET_OF_NAME);
        position += record;
    }
}

int main(void)
{
    _Alignas(8) unsigned char buffer[1024];
    char name[32];
    CHECK_EQUAL(0, us_make_folder(in_folder("folder"), 0777));
    for (int i = 0; i < ENTRIES; i++) {
        (void)snprintf(name, sizeof name, "folder/%d", i);
        CHECK_EQUAL(0, us_close(make_file(in_folder(name), 0)));
    }
    int32_t folder = us_open(in_folder("folder"), US_OPEN_READ_ONLY | US_OPEN_DIRECTORY, 0);
    CHECK(folder >= 0);
    CHECK_EQUAL(-EINVAL, us_read_folder(folder, buffer, 4));
    int32_t length;
    int pieces = 0;
    while ((length = us_read_folder(folder, buffer, sizeof buffer)) > 0) {
        take_entries(buffer, length);
        pieces++;
    }
    CHECK_EQUAL(0, length);
    CHECK(pieces > 1);
    for (int i = 0; i < ENTRIES; i++) {
        CHECK(seen[i]);
    }
    CHECK_EQUAL(0, us_close(folder));
    CHECK_EQUAL(-EBADF, us_read_folder(folder, buffer, sizeof buffer));
    int32_t file = us_open(in_folder("folder/1"), US_OPEN_READ_ONLY, 0);
    CHECK_EQUAL(-ENOTDIR, us_read_folder(file, buffer, sizeof buffer));
    CHECK_EQUAL(0, us_close(file));
    return 0;
}
