/* sweep_prices.c - see sweep_prices.h. */
#include "commands/sweep_prices.h"

#include "present/table.h"
#include "present/units.h"
#include "sweep/run_counts.h"

#include <stdio.h>

struct prices {
    const struct plan *plan;
    bool counted;
    int samples;
};

static double cell_seconds(const struct prices *prices, const struct planned_cell *cell)
{
    return prices->counted ? run_counts_seconds(prices->plan, cell)
                                      : plan_process_seconds(cell, prices->samples);
}

static double total_seconds(const struct prices *prices)
{
    double seconds = 0.0;
    for (size_t i = 0; i < prices->plan->count; ++i)
        if (plan_cell_runs(&prices->plan->cells[i]))
            seconds += cell_seconds(prices, &prices->plan->cells[i]);
    return seconds;
}

enum status sweep_prices_print(const struct plan *plan, bool counted, int samples, struct error *error)
{
    const struct prices asked = {plan, counted, samples}, *const prices = &asked;
    static const struct table_column columns[] = {{"operator", 0}, {"length", 1},     {"width", 1},  {"batch", 1}, {"threads", 1},
                                                  {"GFLOP", 1},    {"memory", 1},     {"a call", 1}, {"one pass", 1}, {"", 0}};
    struct table *table = table_create(columns, ARRAY_LEN(columns));
    if (!table)
        return error_set(error, STATUS_SYSTEM, "out of memory for a table");
    for (size_t i = 0; i < plan->count; ++i) {
        const struct planned_cell *cell = &plan->cells[i];
        const struct cell *what = &cell->record.cell;
        char label[CELL_OPERATOR_MAX], numbers[4][24], flops[32], bytes[UNITS_TEXT], call[UNITS_TEXT], pass[UNITS_TEXT];
        const int64_t counts[4] = {what->length, what->width, what->batch, what->threads};
        for (size_t k = 0; k < 4; ++k)
            snprintf(numbers[k], sizeof numbers[k], "%lld", (long long)counts[k]);
        cell_label(what, label, sizeof label);
        snprintf(flops, sizeof flops, "%.3g", cell->record.flops * 1e-9);
        const bool runs = plan_cell_runs(cell);
        const char *const cells[] = {label, numbers[0], numbers[1], numbers[2], numbers[3], flops,
                                     units_bytes(bytes, cell->record.bytes), units_seconds(call, cell->call_seconds),
                                     runs ? units_seconds(pass, cell_seconds(prices, cell)) : "",
                                     runs ? "" : cell->record.reason};
        table_add(table, cells);
    }
    table_print(table, stdout);
    table_free(table);
    char pass[UNITS_TEXT];
    if (counted)
        printf("\nCounting all cells takes about %s, guessed from their GFLOP. Memory is an upper bound.\n",
               units_duration(pass, total_seconds(prices)));
    else
        printf("\nOne pass over all cells takes about %s, guessed at 10 GFLOP/s a thread before anything is measured; a sweep "
               "makes as many passes\nas its budget holds. Memory is an upper bound.\n",
               units_duration(pass, total_seconds(prices)));
    return STATUS_OK;
}
