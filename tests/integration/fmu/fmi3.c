/* The lag as an FMU of FMI 3.0. Value references are unique over all kinds. */
#include "lag.h"
#include <stdbool.h>

typedef void logger(void *, int, const char *, const char *);

typedef struct {
    struct lag lag;
    logger *log;
    void *environment;
} instance;

#define EACH(n) for (size_t i = 0; i < (n); i++)

const char *fmi3GetVersion(void) { return "3.0"; }

void *fmi3InstantiateCoSimulation(const char *name, const char *token, const char *resources, bool visible,
                                  bool logging, bool events, bool early, const uint32_t wanted[], size_t n,
                                  void *environment, logger *log, void *update) {
    (void)name, (void)visible, (void)logging, (void)events, (void)early, (void)wanted, (void)n, (void)update;
    struct lag *lag = lag_new(token);
    if (lag == NULL) {
        log(environment, FAILED, "error", "that identifier is not mine");
        return NULL;
    }
    if (resources != NULL && resources[strlen(resources) - 1] != '/')
        return NULL;
    instance *made = calloc(1, sizeof *made);
    made->lag = *lag;
    made->log = log;
    made->environment = environment;
    free(lag);
    return made;
}

void fmi3FreeInstance(void *m) { free(m); }
int fmi3SetDebugLogging(void *m, bool on, size_t n, const char *const *categories) {
    (void)m, (void)on, (void)n, (void)categories;
    return OK;
}
int fmi3EnterInitializationMode(void *m, bool with_tolerance, double tolerance, double start, bool with_stop,
                                double stop) {
    (void)with_tolerance, (void)tolerance;
    return m == NULL || (with_stop && stop < start) ? FAILED : OK;
}
int fmi3ExitInitializationMode(void *m) {
    lag_begin(m);
    return OK;
}
int fmi3Terminate(void *m) { return m == NULL ? FAILED : OK; }
int fmi3Reset(void *m) {
    struct lag *fresh = lag_new(TOKEN);
    ((instance *)m)->lag = *fresh;
    free(fresh);
    return OK;
}

int fmi3DoStep(void *c, double now, double h, bool no_return, bool *event, bool *ended, bool *early, double *reached) {
    (void)no_return;
    instance *m = c;
    int status = lag_step(&m->lag, h);
    *event = *early = false;
    *ended = m->lag.fault == FORGETFUL && m->lag.count > m->lag.every;
    *reached = now + h;
    if (status != OK)
        m->log(m->environment, status, "error", "no more steps");
    return status;
}

int fmi3GetFloat64(void *c, const uint32_t r[], size_t n, double v[], size_t nv) {
    struct lag *m = c;
    if (n != nv)
        return FAILED;
    EACH(n) switch (r[i]) {
    case 1: v[i] = m->u; break;
    case 2: v[i] = m->T; break;
    case 3: v[i] = m->x; break;
    default: return FAILED;
    }
    return OK;
}
int fmi3SetFloat64(void *c, const uint32_t r[], size_t n, const double v[], size_t nv) {
    struct lag *m = c;
    if (n != nv)
        return FAILED;
    EACH(n) switch (r[i]) {
    case 1: m->u = v[i]; break;
    case 2: m->T = v[i]; break;
    case 3: m->x0 = v[i]; break;
    default: return FAILED;
    }
    return OK;
}
int fmi3GetFloat32(void *c, const uint32_t r[], size_t n, float v[], size_t nv) {
    (void)nv;
    EACH(n) {
        if (r[i] != 4)
            return FAILED;
        v[i] = (float)((struct lag *)c)->x0;
    }
    return OK;
}
int fmi3SetFloat32(void *c, const uint32_t r[], size_t n, const float v[], size_t nv) {
    (void)nv;
    EACH(n) {
        if (r[i] != 4)
            return FAILED;
        ((struct lag *)c)->x0 = v[i];
    }
    return OK;
}

/* count is kept in a whole number of each size, beginning at its own reference. */
#define WHOLE(Kind, type, reference)                                                              \
    int fmi3Get##Kind(void *c, const uint32_t r[], size_t n, type v[], size_t nv) {              \
        (void)nv;                                                                                \
        EACH(n) {                                                                                \
            if (r[i] != (reference))                                                             \
                return FAILED;                                                                   \
            v[i] = (type)(((struct lag *)c)->count - ((type)-1 < 1 ? 5 : 0));                    \
        }                                                                                        \
        return OK;                                                                               \
    }                                                                                            \
    int fmi3Set##Kind(void *c, const uint32_t r[], size_t n, const type v[], size_t nv) {        \
        (void)c, (void)r, (void)n, (void)v, (void)nv;                                            \
        return FAILED;                                                                           \
    }
WHOLE(Int8, int8_t, 10)
WHOLE(UInt8, uint8_t, 11)
WHOLE(Int16, int16_t, 12)
WHOLE(UInt16, uint16_t, 13)
WHOLE(UInt32, uint32_t, 14)
WHOLE(UInt64, uint64_t, 15)

int fmi3GetInt32(void *c, const uint32_t r[], size_t n, int32_t v[], size_t nv) {
    struct lag *m = c;
    (void)nv;
    EACH(n) switch (r[i]) {
    case 16: v[i] = (int32_t)m->every; break;
    case 17: v[i] = (int32_t)m->fault; break;
    default: return FAILED;
    }
    return OK;
}
int fmi3SetInt32(void *c, const uint32_t r[], size_t n, const int32_t v[], size_t nv) {
    struct lag *m = c;
    (void)nv;
    EACH(n) switch (r[i]) {
    case 16: m->every = v[i]; break;
    case 17: m->fault = v[i]; break;
    default: return FAILED;
    }
    return OK;
}
int fmi3GetInt64(void *c, const uint32_t r[], size_t n, int64_t v[], size_t nv) {
    struct lag *m = c;
    (void)nv;
    EACH(n) v[i] = r[i] == 18 ? m->mode : m->count;
    return OK;
}
int fmi3SetInt64(void *c, const uint32_t r[], size_t n, const int64_t v[], size_t nv) {
    (void)c, (void)r, (void)n, (void)v, (void)nv;
    return FAILED;
}
int fmi3GetBoolean(void *c, const uint32_t r[], size_t n, bool v[], size_t nv) {
    (void)nv;
    EACH(n) v[i] = r[i] == 20 ? lag_high(c) : ((struct lag *)c)->hold;
    return OK;
}
int fmi3SetBoolean(void *c, const uint32_t r[], size_t n, const bool v[], size_t nv) {
    (void)nv;
    EACH(n) {
        if (r[i] != 21)
            return FAILED;
        ((struct lag *)c)->hold = v[i];
    }
    return OK;
}
int fmi3GetString(void *c, const uint32_t r[], size_t n, const char *v[], size_t nv) {
    struct lag *m = c;
    (void)nv;
    EACH(n) v[i] = r[i] == 22 ? m->label : m->note;
    return OK;
}
int fmi3SetString(void *c, const uint32_t r[], size_t n, const char *const v[], size_t nv) {
    (void)nv;
    EACH(n) {
        if (r[i] != 23)
            return FAILED;
        lag_note(c, v[i]);
    }
    return OK;
}

int fmi3GetFMUState(void *c, void **state) {
    if (*state == NULL)
        *state = malloc(sizeof(struct lag));
    memcpy(*state, c, sizeof(struct lag));
    return OK;
}
int fmi3SetFMUState(void *c, void *state) {
    memcpy(c, state, sizeof(struct lag));
    return OK;
}
int fmi3FreeFMUState(void *c, void **state) {
    (void)c;
    free(*state);
    *state = NULL;
    return OK;
}
int fmi3SerializedFMUStateSize(void *c, void *state, size_t *size) {
    (void)c, (void)state;
    *size = sizeof(struct lag);
    return OK;
}
int fmi3SerializeFMUState(void *c, void *state, uint8_t bytes[], size_t size) {
    (void)c;
    memcpy(bytes, state, size);
    return OK;
}
int fmi3DeserializeFMUState(void *c, const uint8_t bytes[], size_t size, void **state) {
    (void)c;
    if (size != sizeof(struct lag))
        return FAILED;
    *state = malloc(size);
    memcpy(*state, bytes, size);
    return OK;
}

/* What FMPy looks for in a binary and this model does not offer. */
#define ABSENT(name) \
    int fmi3##name(void) { return FAILED; }
ABSENT(ActivateModelPartition)
ABSENT(CompletedIntegratorStep)
ABSENT(EnterConfigurationMode)
ABSENT(EnterContinuousTimeMode)
ABSENT(EnterEventMode)
ABSENT(EnterStepMode)
ABSENT(EvaluateDiscreteStates)
ABSENT(ExitConfigurationMode)
ABSENT(GetAdjointDerivative)
ABSENT(GetBinary)
ABSENT(GetClock)
ABSENT(GetContinuousStateDerivatives)
ABSENT(GetContinuousStates)
ABSENT(GetDirectionalDerivative)
ABSENT(GetEventIndicators)
ABSENT(GetIntervalDecimal)
ABSENT(GetIntervalFraction)
ABSENT(GetNominalsOfContinuousStates)
ABSENT(GetNumberOfContinuousStates)
ABSENT(GetNumberOfEventIndicators)
ABSENT(GetNumberOfVariableDependencies)
ABSENT(GetOutputDerivatives)
ABSENT(GetShiftDecimal)
ABSENT(GetShiftFraction)
ABSENT(GetVariableDependencies)
ABSENT(InstantiateModelExchange)
ABSENT(InstantiateScheduledExecution)
ABSENT(SetBinary)
ABSENT(SetClock)
ABSENT(SetContinuousStates)
ABSENT(SetIntervalDecimal)
ABSENT(SetIntervalFraction)
ABSENT(SetShiftDecimal)
ABSENT(SetShiftFraction)
ABSENT(SetTime)
ABSENT(UpdateDiscreteStates)
