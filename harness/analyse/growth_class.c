/* growth_class.c - the set of growth classes that the data cannot tell apart.
 *
 * Each class is fitted with and without its lower-order term (growth_model.h); the better of the two by AICc (Hurvich and
 * Tsai 1989) stands for it. The set holds every class whose AICc, or whose AIC, is within SET_DISTANCE of the least: a model
 * confidence set in the sense of Burnham and Anderson. Both, because with few points the correction alone would exclude every
 * curve with more than a parameter or two, and fewer points must never make the set smaller.
 */
#include "analyse/growth_model.h"

#include <math.h>

const struct growth_class growth_classes[GROWTH_CLASSES] = {
    {0.0, 0.0, "1"},     {0.0, 1.0, "log n"}, {1.0, 0.0, "n"},         {1.0, 1.0, "n log n"},
    {1.5, 0.0, "n^1.5"}, {2.0, 0.0, "n^2"},   {2.0, 1.0, "n^2 log n"}, {3.0, 0.0, "n^3"},
};

/* The lower-order term that may stand beside each class: projections beside attention, gates beside an FFT ... */
static const int lower_of[GROWTH_CLASSES] = {-1, -1, -1, 2, 2, 2, 2, 5};

/* The distances and shares below were chosen on simulated sweeps (simulate.h): with them the truth is in the set, and the set
 * has at most two classes, in more than 95 % of them. An AICc distance of 4 to 10 is "considerably less support" in Burnham
 * and Anderson (2002, section 2.6); 8 pays for the steps of caches, whose shape the model only resembles. */
static const double SET_DISTANCE = 8.0;

/* A leading term that is a smaller part of the value than this at the largest length is one that the data show little of: it
 * is more often the end of a cache step than growth, so it must be better by MINOR_PENALTY to enter the set. Counted values
 * have no cache steps. */
static const double MAJOR_SHARE = 0.7, MINOR_PENALTY = 20.0;

/* Held-out errors that differ by less than a quarter say nothing: they are means of few. */
static const double HELD_OUT_SLACK = 1.25;

/* Below this share there is no leading term to speak of. */
static const double VISIBLE_SHARE = 0.1;

static const double CLAIM_SHARE = 0.2; /* growth.h: a fifth */

static void describe(struct growth_candidate *candidate, const struct growth_model *model)
{
    const double largest = model->log_largest;
    candidate->lower = model->lower;
    candidate->residual = sqrt(model->loss / model->data.measured);
    candidate->held_out = growth_model_held_out(model);
    candidate->fixed = model->parameters[0] * exp(model->log_unit[0]);
    if (model->terms > 1)
        candidate->leading = model->parameters[1] * exp(model->log_unit[1] - growth_log_term(model->leading, largest));
    if (model->terms > 2)
        candidate->lower_coefficient =
            model->parameters[2] * exp(model->log_unit[2] - growth_log_term(model->lower, largest));
    for (int k = 0; k < model->data.levels; ++k)
        candidate->steps[model->data.level[k]] = exp(model->parameters[model->terms + k]);
    candidate->exponent = growth_model_exponent(model, model->parameters);
}

/* Fits the class with a lower-order term or without; keeps the better one. */
static void try_model(struct growth_candidate *candidate, const struct growth_series *series, int lower)
{
    struct growth_model model;
    if (!growth_model_fit(&model, series, candidate->index, lower, GROWTH_WHOLE))
        return;
    const double share = growth_model_share(&model);
    const double penalty = share < MAJOR_SHARE && !series->exact ? MINOR_PENALTY : 0.0;
    if (!(share >= VISIBLE_SHARE))
        return;
    const double criterion = growth_model_criterion(&model, series->resolution, true) + penalty;
    candidate->plain = fmin(candidate->plain, growth_model_criterion(&model, series->resolution, false) + penalty);
    if (!(criterion < candidate->criterion))
        return;
    candidate->possible = true;
    candidate->criterion = criterion;
    describe(candidate, &model);
}

/* Of the set, the least criterion among those that predict longer lengths from shorter ones about as well as the best. */
static int find_best(const struct growth_choice *choice)
{
    double least_error = INFINITY;
    int best = -1;
    for (int i = 0; i < GROWTH_CLASSES; ++i)
        if (choice->candidates[i].chosen && !isnan(choice->candidates[i].held_out))
            least_error = fmin(least_error, choice->candidates[i].held_out);
    for (int i = 0; i < GROWTH_CLASSES; ++i) {
        const struct growth_candidate *candidate = &choice->candidates[i];
        const bool predicts = isinf(least_error) || candidate->held_out <= HELD_OUT_SLACK * least_error;
        if (candidate->chosen && predicts && (best < 0 || candidate->criterion < choice->candidates[best].criterion))
            best = i;
    }
    return best;
}

static void choose(struct growth_choice *choice, double least, double least_plain)
{
    for (int i = 0; i < GROWTH_CLASSES; ++i) {
        struct growth_candidate *candidate = &choice->candidates[i];
        candidate->criterion -= least;
        candidate->plain -= least_plain;
        candidate->chosen = candidate->possible && fmin(candidate->criterion, candidate->plain) <= SET_DISTANCE;
        choice->chosen += candidate->chosen;
    }
    choice->least = least_plain;
    choice->best = find_best(choice);
}

void growth_choose_class(struct growth_choice *choice, const struct growth_series *series)
{
    double least = INFINITY, least_plain = INFINITY;
    *choice = (struct growth_choice){.best = -1};
    for (int i = 0; i < GROWTH_CLASSES; ++i) {
        struct growth_candidate *candidate = &choice->candidates[i];
        *candidate = (struct growth_candidate){
            .index = i, .criterion = INFINITY, .plain = INFINITY, .lower = -1, .held_out = NAN, .steps = {NAN, NAN, NAN}};
        try_model(candidate, series, -1);
        if (lower_of[i] >= 0)
            try_model(candidate, series, lower_of[i]);
        least = fmin(least, candidate->criterion);
        least_plain = fmin(least_plain, candidate->plain);
    }
    if (isfinite(least))
        choose(choice, least, least_plain);
}

bool growth_consistent(const struct growth_series *series, const struct growth_choice *choice, int class_index)
{
    const int lowers[] = {-1, lower_of[class_index]};
    struct growth_model model;
    for (int i = 0; i < 2; ++i) {
        if (!growth_model_fit_claim(&model, series, class_index, lowers[i], CLAIM_SHARE))
            continue;
        if (growth_model_criterion(&model, series->resolution, false) - choice->least <= SET_DISTANCE)
            return true;
    }
    return choice->candidates[class_index].chosen;
}

int growth_class_find(double power, double log_power)
{
    for (int i = 0; i < GROWTH_CLASSES; ++i)
        if (growth_classes[i].power == power && growth_classes[i].log_power == log_power)
            return i;
    return -1;
}
