/* answers.h - the words of the protocol that need no instance: each answer depends on its request alone. */
#ifndef HARNESS_WORKER_ANSWERS_H
#define HARNESS_WORKER_ANSWERS_H

#include "base/status.h"

#include <jansson.h>

/* The reply is a new reference. A failure becomes a refusal with its sentence. */
enum status answer_hello(const json_t *request, json_t **reply, struct error *error);
enum status answer_identify(const json_t *request, json_t **reply, struct error *error);
enum status answer_describe(const json_t *request, json_t **reply, struct error *error);
enum status answer_probe(const json_t *request, json_t **reply, struct error *error);
enum status answer_verify(const json_t *request, json_t **reply, struct error *error);

#endif
