/* test_tensors.c - safetensors files that are honest, that change under the reader, and that are written. */
#include "store/tensor_files.h"

#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---------------------------------------------------------------- honest files */

static void test_tensors_written_and_read_are_the_same(void **state)
{
    (void)state;
    const float a[6] = {1.0f, -2.5f, 3e-38f, 4.0f, 5.0f, 6.0f}, scalar[1] = {7.0f};
    const struct tensor tensors[] = {
        {.name = "layer.weight", .rank = 2, .shape = {2, 3}, .data = a, .count = 6},
        {.name = "empty", .rank = 2, .shape = {0, 5}, .data = NULL, .count = 0},
        {.name = "scalar", .dtype = "F32", .rank = 0, .data = scalar, .count = 1},
    };
    const char *const metadata[][2] = {{"operator", "rnn"}, {"options", "a=1,b=\"x\""}};
    struct error error;
    assert_int_equal(tensor_file_write(path, tensors, 3, metadata, 2, &error), STATUS_OK);

    struct tensor_file *file = open_good();
    assert_int_equal(tensor_file_count(file), 3);
    const struct tensor *weight = tensor_file_find(file, "layer.weight");
    assert_non_null(weight);
    assert_string_equal(weight->dtype, "F32");
    assert_int_equal(weight->rank, 2);
    assert_int_equal(weight->shape[0], 2);
    assert_int_equal(weight->shape[1], 3);
    assert_memory_equal(weight->data, a, sizeof a);
    assert_int_equal(tensor_file_find(file, "empty")->count, 0);
    assert_non_null(tensor_file_find(file, "empty")->data);
    assert_int_equal(tensor_file_find(file, "scalar")->count, 1);
    assert_true(tensor_file_find(file, "scalar")->data[0] == 7.0f);
    assert_string_equal(tensor_file_at(file, 0)->name, "layer.weight");
    assert_null(tensor_file_find(file, "layer"));
    assert_string_equal(tensor_file_metadata(file, "options"), "a=1,b=\"x\"");
    assert_null(tensor_file_metadata(file, "absent"));
    tensor_file_close(file);
}

/* What the format's own library requires: length, JSON, spaces up to a multiple of eight, data in order to the end. */
static void test_tensors_written_have_the_published_layout(void **state)
{
    (void)state;
    const float a[2] = {1.0f, 2.0f};
    const struct tensor tensor = {.name = "a", .rank = 1, .shape = {2}, .data = a, .count = 2};
    struct error error;
    assert_int_equal(tensor_file_write(path, &tensor, 1, NULL, 0, &error), STATUS_OK);
    unsigned char bytes[256];
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    const size_t count = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    uint64_t length;
    memcpy(&length, bytes, 8);
    assert_int_equal((8 + length) % 8, 0);
    assert_int_equal(count, 8 + length + sizeof a);
    assert_memory_equal(bytes + 8, GOOD_ENTRY, strlen(GOOD_ENTRY));
    for (size_t i = strlen(GOOD_ENTRY); i < length; ++i)
        assert_int_equal(bytes[8 + i], ' ');
    assert_memory_equal(bytes + 8 + length, a, sizeof a);
}

static void test_tensors_of_other_dtypes_are_listed_without_data(void **state)
{
    (void)state;
    write_file("{\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
               "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[6,8]},"
               "\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[8,16]},"
               "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[16,20]}}", 20);
    struct tensor_file *file = open_good();
    assert_string_equal(tensor_file_find(file, "h")->dtype, "F16");
    assert_null(tensor_file_find(file, "h")->data);
    assert_string_equal(tensor_file_find(file, "b")->dtype, "BF16");
    assert_null(tensor_file_find(file, "b")->data);
    assert_string_equal(tensor_file_find(file, "i")->dtype, "I64");
    assert_null(tensor_file_find(file, "i")->data);
    assert_non_null(tensor_file_find(file, "f")->data);
    tensor_file_close(file);
}

static void test_tensors_at_odd_offsets_are_aligned_in_memory(void **state)
{
    (void)state;
    char bytes[512];
    const char *header = "{\"u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                         "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}";
    const uint64_t length = strlen(header);
    const float values[2] = {1.5f, -8.0f};
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    bytes[8 + length] = 1;
    memcpy(bytes + 9 + length, values, sizeof values);
    write_bytes(bytes, 9 + length + sizeof values);
    struct tensor_file *file = open_good();
    const struct tensor *f = tensor_file_find(file, "f");
    assert_int_equal((uintptr_t)f->data % sizeof(float), 0);
    assert_memory_equal(f->data, values, sizeof values);
    tensor_file_close(file);
}

static void test_tensors_out_of_order_in_the_header_are_listed_by_their_data(void **state)
{
    (void)state;
    write_file("{\"late\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
               "\"early\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
               "\"none\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}", 8);
    struct tensor_file *file = open_good();
    assert_string_equal(tensor_file_at(file, 0)->name, "early");
    assert_string_equal(tensor_file_at(file, 1)->name, "none");
    assert_string_equal(tensor_file_at(file, 2)->name, "late");
    tensor_file_close(file);
}

static void test_tensors_without_any_tensor_are_a_file(void **state)
{
    (void)state;
    write_file("{}", 0);
    struct tensor_file *file = open_good();
    assert_int_equal(tensor_file_count(file), 0);
    tensor_file_close(file);
}

static void test_tensors_with_odd_names_are_found_by_them(void **state)
{
    (void)state;
    write_file("{\"a b/\\\"\\u00e9\\n\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4);
    struct tensor_file *file = open_good();
    assert_non_null(tensor_file_find(file, "a b/\"\xc3\xa9\n"));
    tensor_file_close(file);
}

static void test_tensors_reference_vectors_all_open(void **state)
{
    (void)state;
    static const char *const names[] = {"rnn-b2-l37-d24", "h3-b1-l128-d32-n64-hd4", "hyena-b2-l37-d24-o2"};
    for (size_t i = 0; i < ARRAY_LEN(names); ++i) {
        char vector[1024];
        snprintf(vector, sizeof vector, "%s/tests/vectors/%s.safetensors", TEST_SOURCE_DIR, names[i]);
        struct tensor_file *file = NULL;
        struct error error = {.text = ""};
        if (tensor_file_open(&file, vector, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(tensor_file_find(file, "input")->rank, 3);
        assert_non_null(tensor_file_metadata(file, "operator"));
        tensor_file_close(file);
    }
}

/* ---------------------------------------------------------------- files that change, and writing */

static void test_tensors_file_that_changes_is_noticed(void **state)
{
    (void)state;
    struct error error;
    write_file(GOOD_ENTRY, 8);
    struct tensor_file *file = open_good();
    assert_int_equal(tensor_file_unchanged(file, &error), STATUS_OK);
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(tensor_file_unchanged(file, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "changed in size"));
    assert_non_null(strstr(error.text, path));
    tensor_file_close(file);

    write_file(GOOD_ENTRY, 8);
    file = open_good();
    const struct timespec other[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(AT_FDCWD, path, other, 0), 0);
    assert_int_equal(tensor_file_unchanged(file, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "changed while"));
    tensor_file_close(file);
}

static void assert_not_written(const struct tensor *tensors, size_t count, const char *const (*metadata)[2], size_t pairs,
                               const char *words)
{
    struct error error = {.text = ""};
    assert_int_equal(tensor_file_write(path, tensors, count, metadata, pairs, &error), STATUS_USAGE);
    assert_one_sentence(error.text);
    if (!strstr(error.text, words))
        fail_msg("'%s' lacks '%s'", error.text, words);
}

static void test_tensors_that_cannot_be_written_leave_the_old_file(void **state)
{
    (void)state;
    write_file(GOOD_ENTRY, 8);
    const float a[2] = {0};
    const struct tensor good = {.name = "a", .rank = 1, .shape = {2}, .data = a, .count = 2};
    struct tensor bad[2] = {good, good};
    assert_not_written(bad, 2, NULL, 0, "'a'"); /* the same name twice */
    bad[0] = (struct tensor){.name = "__metadata__", .rank = 1, .shape = {2}, .data = a, .count = 2};
    assert_not_written(bad, 1, NULL, 0, "__metadata__");
    bad[0] = (struct tensor){.name = "h", .dtype = "F16", .rank = 1, .shape = {2}, .data = NULL, .count = 2};
    assert_not_written(bad, 1, NULL, 0, "F16");
    bad[0] = (struct tensor){.name = "s", .rank = 2, .shape = {2, 2}, .data = a, .count = 2};
    assert_not_written(bad, 1, NULL, 0, "shape");
    bad[0] = (struct tensor){.name = "\xff", .rank = 1, .shape = {2}, .data = a, .count = 2};
    assert_not_written(bad, 1, NULL, 0, "UTF-8");
    const char *const twice[][2] = {{"k", "1"}, {"k", "2"}};
    assert_not_written(&good, 1, twice, 2, "'k'");
    const char *const garbage[][2] = {{"k", "\xff"}};
    assert_not_written(&good, 1, garbage, 1, "metadata");
    tensor_file_close(open_good());
}

static void test_tensors_target_that_is_no_file_is_refused(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    assert_int_equal(tensor_file_write(folder, NULL, 0, NULL, 0, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "directory"));
    assert_int_equal(tensor_file_write("/dev/null", NULL, 0, NULL, 0, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "/dev/null"));
    assert_int_equal(tensor_file_write("/nonexistent/x", NULL, 0, NULL, 0, &error), STATUS_SYSTEM);
    assert_non_null(strstr(error.text, "No such file"));
}

static void test_tensors_full_disk_is_a_sentence_and_leaves_nothing(void **state)
{
    (void)state;
    static const float zeros[1024];
    const struct tensor a = {.name = "a", .rank = 1, .shape = {1024}, .data = zeros, .count = 1024};
    write_file(GOOD_ENTRY, 8);
    struct rlimit old, small = {.rlim_cur = 2048};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct error error = {.text = ""};
    const enum status status = tensor_file_write(path, &a, 1, NULL, 0, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, STATUS_SYSTEM);
    assert_non_null(strstr(error.text, "large")); /* "File too large" */
    char pattern[sizeof path + 8];
    snprintf(pattern, sizeof pattern, "%s.*", path);
    glob_t left = {0};
    assert_int_equal(glob(pattern, 0, NULL, &left), GLOB_NOMATCH);
    globfree(&left);
    tensor_file_close(open_good());
}

/* ---------------------------------------------------------------- allocations that fail */

static int allocations_left; /* of jansson; the next one fails at 0, none fails below */

static void *failing_malloc(size_t bytes)
{
    return allocations_left-- == 0 ? NULL : malloc(bytes);
}

static enum status write_one(struct error *error)
{
    static const float a[2] = {1.0f, 2.0f};
    const struct tensor tensor = {.name = "a", .rank = 1, .shape = {2}, .data = a, .count = 2};
    const char *const metadata[][2] = {{"key", "value"}};
    return tensor_file_write(path, &tensor, 1, metadata, 1, error);
}

static enum status open_one(struct error *error)
{
    struct tensor_file *file = NULL;
    const enum status status = tensor_file_open(&file, path, error);
    assert_int_equal(file == NULL, status != STATUS_OK);
    tensor_file_close(file);
    return status;
}

/* Fails the first, second ... allocation until the call gets by without it; a call may only succeed when none failed. */
static void assert_every_failure_is_told(enum status (*call)(struct error *))
{
    bool failed = true;
    int nth = 0;
    for (; failed && nth < 1000; ++nth) {
        struct error error = {.text = ""};
        allocations_left = nth;
        failed = call(&error) != STATUS_OK;
        if (failed)
            assert_one_sentence(error.text);
        else
            assert_true(allocations_left >= 0);
    }
    assert_in_range(nth, 5, 999);
}

static void test_tensors_without_memory_are_a_sentence_at_every_allocation(void **state)
{
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    assert_every_failure_is_told(write_one);
    assert_every_failure_is_told(open_one);
    json_set_alloc_funcs(malloc, free);
    tensor_file_close(open_good());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_written_and_read_are_the_same),
        cmocka_unit_test(test_tensors_written_have_the_published_layout),
        cmocka_unit_test(test_tensors_of_other_dtypes_are_listed_without_data),
        cmocka_unit_test(test_tensors_at_odd_offsets_are_aligned_in_memory),
        cmocka_unit_test(test_tensors_out_of_order_in_the_header_are_listed_by_their_data),
        cmocka_unit_test(test_tensors_without_any_tensor_are_a_file),
        cmocka_unit_test(test_tensors_with_odd_names_are_found_by_them),
        cmocka_unit_test(test_tensors_reference_vectors_all_open),
        cmocka_unit_test(test_tensors_file_that_changes_is_noticed),
        cmocka_unit_test(test_tensors_that_cannot_be_written_leave_the_old_file),
        cmocka_unit_test(test_tensors_target_that_is_no_file_is_refused),
        cmocka_unit_test(test_tensors_full_disk_is_a_sentence_and_leaves_nothing),
        cmocka_unit_test(test_tensors_without_memory_are_a_sentence_at_every_allocation),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
