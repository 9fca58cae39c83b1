/* The model in the FMUs of the tests: a first-order lag x' = (u - x) / T with the input held over each
 * step, solved exactly, and beside it a variable of each other kind. `fault` makes it misbehave in the
 * step after `every` steps. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN "{5f0c2a1e-lag}"

enum { OK = 0, DISCARD = 2, FAILED = 3, FATAL = 4 };
enum { SOUND, NULL_WRITE, ENDLESS, HUNGRY, CHATTY, LEAVES, NOT_A_NUMBER, REFUSES, FORGETFUL };

struct lag {
    double u, T, x, x0;
    int64_t count, every, fault, mode;
    int hold;
    char note[64], label[96];
};

static void lag_label(struct lag *m) {
    snprintf(m->label, sizeof m->label, "%s %lld", m->note, (long long)m->count);
}

static struct lag *lag_new(const char *token) {
    struct lag *m = strcmp(token, TOKEN) == 0 ? calloc(1, sizeof *m) : NULL;
    if (m != NULL) {
        m->T = 2;
        m->every = 3;
        m->mode = 1;
        strcpy(m->note, "lag");
    }
    return m;
}

static void lag_begin(struct lag *m) {
    m->x = m->x0;
    lag_label(m);
}

static int lag_fault(struct lag *m) {
    switch (m->fault) {
    case NULL_WRITE: {
        volatile int *volatile nowhere = NULL;
        *nowhere = 1;
        return OK;
    }
    case ENDLESS:
        for (volatile int turn = 0;; turn++) {
        }
    case HUNGRY:
        for (size_t size = 1 << 20;;) {
            char *memory = malloc(size);
            if (memory == NULL)
                return FAILED;
            memset(memory, 1, size);
        }
    case CHATTY:
        printf("{\"stepped\":{\"values\":[],\"ended\":false}}\n");
        fflush(stdout);
        return OK;
    case LEAVES:
        fprintf(stderr, "the licence is over\n");
        _exit(3);
    case NOT_A_NUMBER:
        m->x = NAN;
        return OK;
    case REFUSES:
        return DISCARD;
    default:
        return OK;
    }
}

static int lag_step(struct lag *m, double h) {
    if (!m->hold)
        m->x = m->u + (m->x - m->u) * exp(-h / m->T);
    m->count++;
    m->mode = m->x > m->u / 2 ? 2 : 1;
    lag_label(m);
    return m->count > m->every ? lag_fault(m) : OK;
}

static int lag_high(const struct lag *m) { return m->x > 0.5; }

static void lag_note(struct lag *m, const char *text) {
    snprintf(m->note, sizeof m->note, "%s", text);
}
