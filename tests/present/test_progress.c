/* test_progress.c - the progress line, on a file that is no terminal and on one that is taken for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "present/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static FILE *file;
static char drawn[4096];

static int open_file(void **state)
{
    (void)state;
    file = tmpfile();
    return file ? 0 : -1;
}

static int close_file(void **state)
{
    (void)state;
    return fclose(file);
}

static const char *all_drawn(void)
{
    rewind(file);
    drawn[fread(drawn, 1, sizeof drawn - 1, file)] = '\0';
    return drawn;
}

/* Draws as if the last time were long ago. */
static void draw_later(struct progress *progress, double fraction, double left_seconds, const char *doing)
{
    progress->last_drawn = -INFINITY;
    progress_draw(progress, fraction, 72.0, left_seconds, doing);
}

static void test_progress_without_terminal_prints_a_line_each_tenth(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, file, false);
    for (int i = 0; i <= 100; ++i)
        progress_draw(&progress, i / 200.0, i, 200.0 - i, "alpha length 64");
    progress_end(&progress);
    assert_string_equal(all_drawn(), "  0 %  alpha length 64   0:00 gone, about 3:20 left\n"
                                     " 10 %  alpha length 64   0:20 gone, about 3:00 left\n"
                                     " 20 %  alpha length 64   0:40 gone, about 2:40 left\n"
                                     " 30 %  alpha length 64   1:00 gone, about 2:20 left\n"
                                     " 40 %  alpha length 64   1:20 gone, about 2:00 left\n"
                                     " 50 %  alpha length 64   1:40 gone, about 1:40 left\n");
}

static void test_progress_on_terminal_draws_one_line_over_itself_and_clears_it(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, file, false);
    progress.terminal = true;
    draw_later(&progress, 0.41, 100.0, "alpha");
    progress_end(&progress);
    assert_string_equal(all_drawn(), "\r[#########.............]  41 %  alpha   1:12 gone, about 1:40 left\033[K\r\033[K");
}

static void test_progress_on_terminal_drawn_at_once_again_draws_nothing(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, file, false);
    progress.terminal = true;
    draw_later(&progress, 0.1, 1.0, "first");
    progress.last_drawn = INFINITY; /* whatever the clock says, it is too soon */
    progress_draw(&progress, 0.2, 1.0, 1.0, "second");
    assert_null(strstr(all_drawn(), "second"));
}

static void test_progress_long_or_hostile_text_stays_in_one_line(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, file, false);
    progress.terminal = true;
    draw_later(&progress, 0.5, 100.0, "a\nb\033[2Jc and a very long description of what is being measured at this moment");
    const char *line = strchr(all_drawn(), '[');
    assert_non_null(line);
    assert_null(strchr(line, '\n'));
    const char *escape = strchr(line, '\033');
    assert_true(escape && escape - line < 80); /* the one that ends the line */
    assert_string_equal(escape, "\033[K");
}

static void test_progress_of_impossible_values_is_within_bounds(void **state)
{
    (void)state;
    static const double fractions[] = {NAN, -1.0, 7.0, INFINITY};
    static const char *const percents[] = {"   0 %", "   0 %", " 100 %", " 100 %"};
    for (int i = 0; i < 4; ++i) {
        struct progress progress;
        assert_int_equal(fseek(file, 0, SEEK_SET), 0);
        progress_begin(&progress, file, false);
        progress.terminal = true;
        draw_later(&progress, fractions[i], NAN, "x");
        assert_non_null(strstr(all_drawn(), percents[i]));
        assert_null(strstr(drawn, "left")); /* unknown, so not said */
        assert_null(strstr(drawn, "nan"));
    }
}

static void test_progress_quiet_draws_nothing(void **state)
{
    (void)state;
    struct progress progress;
    progress_begin(&progress, file, true);
    draw_later(&progress, 0.5, 1.0, "alpha");
    progress_end(&progress);
    assert_string_equal(all_drawn(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_progress_without_terminal_prints_a_line_each_tenth, open_file, close_file),
        cmocka_unit_test_setup_teardown(test_progress_on_terminal_draws_one_line_over_itself_and_clears_it, open_file,
                                        close_file),
        cmocka_unit_test_setup_teardown(test_progress_on_terminal_drawn_at_once_again_draws_nothing, open_file, close_file),
        cmocka_unit_test_setup_teardown(test_progress_long_or_hostile_text_stays_in_one_line, open_file, close_file),
        cmocka_unit_test_setup_teardown(test_progress_of_impossible_values_is_within_bounds, open_file, close_file),
        cmocka_unit_test_setup_teardown(test_progress_quiet_draws_nothing, open_file, close_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
