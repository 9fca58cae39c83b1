/* The lag as an FMU of FMI 2.0. */
#include "lag.h"

typedef struct {
    void (*log)(void *, const char *, int, const char *, const char *, ...);
    void *(*allocate)(size_t, size_t);
    void (*release)(void *);
    void (*finished)(void *, int);
    void *environment;
} callbacks;

typedef struct {
    struct lag lag;
    const callbacks *host;
} instance;

#define EACH(n) for (size_t i = 0; i < (n); i++)

const char *fmi2GetTypesPlatform(void) { return "default"; }
const char *fmi2GetVersion(void) { return "2.0"; }

void *fmi2Instantiate(const char *name, int type, const char *token, const char *resources, const callbacks *host,
                      int visible, int logging) {
    (void)type, (void)visible, (void)logging;
    struct lag *lag = lag_new(token);
    if (lag == NULL) {
        host->log(host->environment, name, 3, "error", "the identifier %s is not mine", token);
        return NULL;
    }
    instance *made = host->allocate(1, sizeof *made);
    made->lag = *lag;
    made->host = host;
    free(lag);
    if (strncmp(resources, "file:///", 8) != 0)
        return NULL;
    return made;
}

void fmi2FreeInstance(void *m) { ((instance *)m)->host->release(m); }
int fmi2SetDebugLogging(void *m, int on, size_t n, const char *const *categories) {
    (void)m, (void)on, (void)n, (void)categories;
    return OK;
}
int fmi2SetupExperiment(void *m, int with_tolerance, double tolerance, double start, int with_stop, double stop) {
    (void)m, (void)with_tolerance, (void)tolerance, (void)start, (void)with_stop, (void)stop;
    return OK;
}
int fmi2EnterInitializationMode(void *m) { return m == NULL ? FAILED : OK; }
int fmi2ExitInitializationMode(void *m) {
    lag_begin(m);
    return OK;
}
int fmi2Terminate(void *m) { return m == NULL ? FAILED : OK; }
int fmi2Reset(void *m) {
    struct lag *fresh = lag_new(TOKEN);
    ((instance *)m)->lag = *fresh;
    free(fresh);
    return OK;
}

#ifndef WITHOUT_STEP
int fmi2DoStep(void *m, double now, double h, int no_return) {
    (void)now, (void)no_return;
    int status = lag_step(m, h);
    if (status != OK) {
        instance *at = m;
        at->host->log(at->host->environment, "lag", status, "error", "no more after %d steps", (int)at->lag.count);
    }
    return status;
}
#endif
int fmi2CancelStep(void *m) { return m == NULL ? OK : FAILED; }

int fmi2GetReal(void *c, const uint32_t r[], size_t n, double v[]) {
    struct lag *m = c;
    EACH(n) switch (r[i]) {
    case 0: v[i] = m->u; break;
    case 1: v[i] = m->T; break;
    case 2: v[i] = m->x; break;
    case 3: v[i] = m->x0; break;
    default: return FAILED;
    }
    return OK;
}
int fmi2SetReal(void *c, const uint32_t r[], size_t n, const double v[]) {
    struct lag *m = c;
    EACH(n) switch (r[i]) {
    case 0: m->u = v[i]; break;
    case 1: m->T = v[i]; break;
    case 2:
    case 3: m->x0 = v[i]; break;
    default: return FAILED;
    }
    return OK;
}
int fmi2GetInteger(void *c, const uint32_t r[], size_t n, int v[]) {
    struct lag *m = c;
    EACH(n) switch (r[i]) {
    case 0: v[i] = (int)m->count; break;
    case 1: v[i] = (int)m->every; break;
    case 2: v[i] = (int)m->fault; break;
    case 3: v[i] = (int)m->mode; break;
    default: return FAILED;
    }
    return OK;
}
int fmi2SetInteger(void *c, const uint32_t r[], size_t n, const int v[]) {
    struct lag *m = c;
    EACH(n) switch (r[i]) {
    case 1: m->every = v[i]; break;
    case 2: m->fault = v[i]; break;
    default: return FAILED;
    }
    return OK;
}
int fmi2GetBoolean(void *c, const uint32_t r[], size_t n, int v[]) {
    EACH(n) v[i] = r[i] == 0 ? lag_high(c) : ((struct lag *)c)->hold;
    return OK;
}
int fmi2SetBoolean(void *c, const uint32_t r[], size_t n, const int v[]) {
    EACH(n) {
        if (r[i] != 1)
            return FAILED;
        ((struct lag *)c)->hold = v[i];
    }
    return OK;
}
int fmi2GetString(void *c, const uint32_t r[], size_t n, const char *v[]) {
    struct lag *m = c;
    EACH(n) v[i] = r[i] == 0 ? m->label : m->note;
    return OK;
}
int fmi2SetString(void *c, const uint32_t r[], size_t n, const char *const v[]) {
    EACH(n) {
        if (r[i] != 1)
            return FAILED;
        lag_note(c, v[i]);
    }
    return OK;
}

int fmi2GetFMUstate(void *c, void **state) {
    if (*state == NULL)
        *state = malloc(sizeof(struct lag));
    memcpy(*state, c, sizeof(struct lag));
    return OK;
}
int fmi2SetFMUstate(void *c, void *state) {
    memcpy(c, state, sizeof(struct lag));
    return OK;
}
int fmi2FreeFMUstate(void *c, void **state) {
    (void)c;
    free(*state);
    *state = NULL;
    return OK;
}
int fmi2SerializedFMUstateSize(void *c, void *state, size_t *size) {
    (void)c, (void)state;
    *size = sizeof(struct lag);
    return OK;
}
int fmi2SerializeFMUstate(void *c, void *state, char bytes[], size_t size) {
    (void)c;
    memcpy(bytes, state, size);
    return OK;
}
int fmi2DeSerializeFMUstate(void *c, const char bytes[], size_t size, void **state) {
    (void)c;
    if (size != sizeof(struct lag))
        return FAILED;
    *state = malloc(size);
    memcpy(*state, bytes, size);
    return OK;
}

/* What the standard wants a binary to have and this model does not offer. */
int fmi2GetDirectionalDerivative(void *c, const uint32_t u[], size_t nu, const uint32_t k[], size_t nk,
                                 const double d[], double v[]) {
    (void)c, (void)u, (void)nu, (void)k, (void)nk, (void)d, (void)v;
    return FAILED;
}
int fmi2SetRealInputDerivatives(void *c, const uint32_t r[], size_t n, const int order[], const double v[]) {
    (void)c, (void)r, (void)n, (void)order, (void)v;
    return FAILED;
}
int fmi2GetRealOutputDerivatives(void *c, const uint32_t r[], size_t n, const int order[], double v[]) {
    (void)c, (void)r, (void)n, (void)order, (void)v;
    return FAILED;
}
int fmi2GetStatus(void *c, int kind, int *v) { return (void)c, (void)kind, (void)v, DISCARD; }
int fmi2GetRealStatus(void *c, int kind, double *v) { return (void)c, (void)kind, (void)v, DISCARD; }
int fmi2GetIntegerStatus(void *c, int kind, int *v) { return (void)c, (void)kind, (void)v, DISCARD; }
int fmi2GetBooleanStatus(void *c, int kind, int *v) { return (void)c, (void)kind, (void)v, DISCARD; }
int fmi2GetStringStatus(void *c, int kind, const char **v) { return (void)c, (void)kind, (void)v, DISCARD; }
