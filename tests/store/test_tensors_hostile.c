/* test_tensors_hostile.c - files that are no safetensors or lie about what they hold. Each must give one sentence that names
 * the file, and the tensor where there is one; none may crash, hang or be believed. */
#include "store/tensor_files.h"

#include <sys/stat.h>

/* ---------------------------------------------------------------- files that are none */

static void test_tensors_missing_file_is_named(void **state)
{
    (void)state;
    assert_refused_at("/nonexistent/x.safetensors", "No such file");
}

static void test_tensors_directory_is_named_as_one(void **state)
{
    (void)state;
    assert_refused_at(folder, "directory");
}

static void test_tensors_pipe_is_refused_without_waiting(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused_at(path, "regular file");
    unlink(path);
}

static void test_tensors_unreadable_file_is_named(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may read everything */
    write_file("{}", 0);
    assert_int_equal(chmod(path, 0), 0);
    assert_refused_at(path, "denied");
    unlink(path);
}

static void test_tensors_file_without_length_is_too_short(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 8; ++bytes) {
        write_bytes("\0\0\0\0\0\0\0", bytes);
        assert_refused_at(path, "too short");
    }
}

static void test_tensors_truncated_at_any_byte_is_refused(void **state)
{
    (void)state;
    char whole[256];
    const uint64_t length = strlen(GOOD_ENTRY);
    memcpy(whole, &length, 8);
    memcpy(whole + 8, GOOD_ENTRY, length);
    memset(whole + 8 + length, 0, 8);
    for (size_t bytes = 0; bytes < 8 + length + 8; ++bytes) {
        write_bytes(whole, bytes);
        assert_refused_at(path, bytes < 8 ? "too short" : "truncated");
    }
    write_bytes(whole, 8 + length + 8);
    tensor_file_close(open_good());
}

static void test_tensors_header_length_that_lies_is_refused(void **state)
{
    (void)state;
    write_claiming(0, GOOD_ENTRY, 8);
    assert_refused_at(path, "length 0");
    write_claiming(strlen(GOOD_ENTRY) + 9, GOOD_ENTRY, 8);
    assert_refused_at(path, "truncated");
    write_claiming(UINT64_MAX, GOOD_ENTRY, 8);
    assert_refused_at(path, "truncated");
    write_claiming(UINT64_MAX - 7, GOOD_ENTRY, 8); /* the sum with 8 overflows to 0 */
    assert_refused_at(path, "truncated");
    write_claiming(strlen(GOOD_ENTRY) - 1, GOOD_ENTRY, 8);
    assert_refused_at(path, "JSON");
    write_claiming(strlen(GOOD_ENTRY) + 1, GOOD_ENTRY, 8); /* takes a byte of data with it */
    assert_refused_at(path, "JSON");
}

static void test_tensors_header_over_the_limit_is_refused_unread(void **state)
{
    (void)state;
    const uint64_t length = ((uint64_t)100 << 20) + 1;
    write_bytes(&length, sizeof length);
    assert_int_equal(truncate(path, 8 + (off_t)length), 0); /* sparse */
    assert_refused_at(path, "allowed");
}

static void test_tensors_header_that_is_no_json_object_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {"x", "{", "[]x", "{\"a\":}", "{} {}", "\xff\xfe{}", "{\"a\\u0000b\":1}", "nan"};
    for (size_t i = 0; i < ARRAY_LEN(headers); ++i)
        assert_header_refused(headers[i], 0, "JSON");
    assert_header_refused("[1]", 0, "not an object");
    assert_header_refused("\"text\"", 0, "JSON");
}

static void test_tensors_header_of_zero_bytes_is_refused(void **state)
{
    (void)state;
    char bytes[24] = {8};
    write_bytes(bytes, sizeof bytes);
    assert_refused_at(path, "JSON");
}

static void test_tensors_header_nested_without_end_is_refused(void **state)
{
    (void)state;
    char header[4001];
    memset(header, '[', 4000);
    header[4000] = '\0';
    assert_header_refused(header, 0, "JSON");
}

/* ---------------------------------------------------------------- entries that lie */

struct lie {
    const char *entry; /* of tensor 'a', in a file with 8 bytes of data */
    const char *words;
};

static void test_tensors_entry_that_lies_is_refused_by_name(void **state)
{
    (void)state;
    static const struct lie lies[] = {
        {"7", "object"},
        {"null", "object"},
        {"{}", "dtype"},
        {"{\"shape\":[2],\"data_offsets\":[0,8]}", "dtype"},
        {"{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}", "dtype"},
        {"{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}", "unknown dtype 'F31'"},
        {"{\"dtype\":\"\",\"shape\":[2],\"data_offsets\":[0,8]}", "unknown dtype"},
        {"{\"dtype\":\"F32\",\"data_offsets\":[0,8]}", "shape"},
        {"{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}", "shape"},
        {"{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}", "whole numbers"},
        {"{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}", "whole numbers"},
        {"{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}", "whole numbers"},
        {"{\"dtype\":\"F32\",\"shape\":[-2,-1],\"data_offsets\":[0,8]}", "whole numbers"},
        {"{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}", "8 dimensions"},
        {"{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}", "counted"},
        {"{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2,2],\"data_offsets\":[0,8]}", "counted"},
        {"{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}", "counted"}, /* 2^62 * 4 = 0 */
        {"{\"dtype\":\"F32\",\"shape\":[4611686018427387906],\"data_offsets\":[0,8]}", "counted"}, /* ... and 8 */
        {"{\"dtype\":\"F32\",\"shape\":[2]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":8}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4,8]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\"0\",8]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0.0,8]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}", "data_offsets"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}", "after their end"},
        {"{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}", "need 4 bytes"},
        {"{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}", "need 12 bytes"},
        {"{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}", "need 4 bytes"},
        {"{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,8]}", "need 0 bytes"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}", "truncated"},
        {"{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}", "truncated"},
        {"{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[9223372036854775807,9223372036854775807]}", "truncated"},
        {"{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}", "gap"},
        {"{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "belong to no tensor"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lies); ++i) {
        char header[512];
        snprintf(header, sizeof header, "{\"a\":%s}", lies[i].entry);
        assert_header_refused(header, 8, lies[i].words);
        assert_refused_at(path, "'a'");
    }
}

static void test_tensors_number_beyond_64_bits_is_refused(void **state)
{
    (void)state;
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551618],\"data_offsets\":[0,8]}}", 8, "JSON");
}

static void test_tensors_overlapping_data_are_refused_by_both_names(void **state)
{
    (void)state;
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "'b' overlap those of 'a'");
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'b' overlap those of 'a'");
}

static void test_tensors_gap_between_data_is_refused(void **state)
{
    (void)state;
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", 12, "gap of 4 bytes");
}

static void test_tensors_data_without_tensors_are_refused(void **state)
{
    (void)state;
    assert_header_refused("{}", 16, "16 bytes");
}

static void test_tensors_duplicate_names_are_refused(void **state)
{
    (void)state;
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "duplicate");
    assert_header_refused("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
                          "duplicate");
}

static void test_tensors_empty_name_is_refused(void **state)
{
    (void)state;
    assert_header_refused("{\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "empty name");
}

static void test_tensors_odd_name_stays_one_printable_line(void **state)
{
    (void)state;
    assert_header_refused("{\"x\\n\\u001b[31m\\ty\":7}", 0, "'x??[31m?y'");
    char header[3000];
    snprintf(header, sizeof header, "{\"%0*d\":7}", 2000, 0);
    assert_header_refused(header, 0, "object");
}

static void test_tensors_metadata_other_than_text_are_refused(void **state)
{
    (void)state;
    assert_header_refused("{\"__metadata__\":{\"heads\":4}}", 0, "'heads'");
    assert_header_refused("{\"__metadata__\":{\"heads\":null}}", 0, "'heads'");
    assert_header_refused("{\"__metadata__\":[\"heads\"]}", 0, "__metadata__");
    assert_header_refused("{\"__metadata__\":\"heads\"}", 0, "__metadata__");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_missing_file_is_named),
        cmocka_unit_test(test_tensors_directory_is_named_as_one),
        cmocka_unit_test(test_tensors_pipe_is_refused_without_waiting),
        cmocka_unit_test(test_tensors_unreadable_file_is_named),
        cmocka_unit_test(test_tensors_file_without_length_is_too_short),
        cmocka_unit_test(test_tensors_truncated_at_any_byte_is_refused),
        cmocka_unit_test(test_tensors_header_length_that_lies_is_refused),
        cmocka_unit_test(test_tensors_header_over_the_limit_is_refused_unread),
        cmocka_unit_test(test_tensors_header_that_is_no_json_object_is_refused),
        cmocka_unit_test(test_tensors_header_of_zero_bytes_is_refused),
        cmocka_unit_test(test_tensors_header_nested_without_end_is_refused),
        cmocka_unit_test(test_tensors_entry_that_lies_is_refused_by_name),
        cmocka_unit_test(test_tensors_number_beyond_64_bits_is_refused),
        cmocka_unit_test(test_tensors_overlapping_data_are_refused_by_both_names),
        cmocka_unit_test(test_tensors_gap_between_data_is_refused),
        cmocka_unit_test(test_tensors_data_without_tensors_are_refused),
        cmocka_unit_test(test_tensors_duplicate_names_are_refused),
        cmocka_unit_test(test_tensors_empty_name_is_refused),
        cmocka_unit_test(test_tensors_odd_name_stays_one_printable_line),
        cmocka_unit_test(test_tensors_metadata_other_than_text_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
