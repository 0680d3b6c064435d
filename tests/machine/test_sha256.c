/* test_sha256.c - the vectors of FIPS 180-4's examples, and that the way a message is cut into pieces does not matter. */
#include "machine/sha256.h"

#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void check(const char *message, const char *expected)
{
    struct sha256 hash = sha256_start();
    char hex[SHA256_HEX];
    sha256_add(&hash, message, strlen(message));
    sha256_finish(&hash, hex);
    assert_string_equal(hex, expected);
}

static void test_sha256_standard_messages_give_published_digests(void **state)
{
    (void)state;
    check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void test_sha256_million_letters_in_uneven_pieces_give_published_digest(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 63, 64, 65, 127, 55, 56, 57};
    char letters[128], hex[SHA256_HEX];
    memset(letters, 'a', sizeof letters);
    struct sha256 hash = sha256_start();
    size_t left = 1000000;
    for (size_t at = 0; left > 0; ++at) {
        const size_t piece = pieces[at % ARRAY_LEN(pieces)] < left ? pieces[at % ARRAY_LEN(pieces)] : left;
        sha256_add(&hash, letters, piece);
        left -= piece;
    }
    sha256_finish(&hash, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_standard_messages_give_published_digests),
        cmocka_unit_test(test_sha256_million_letters_in_uneven_pieces_give_published_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
