/* marker.h: marks, for the instruction counter, the end of each phase of a measured program.
 *
 * A marker is one of A64's unallocated hints, which every CPU executes as a no-operation, and an ISB, behind which the
 * emulator starts a new block, so that no instruction beyond the marker is counted with those before it. */
#ifndef SG_BENCH_MARKER_H
#define SG_BENCH_MARKER_H

/* What ran since the marker before. The names are those of the counter's output. */
enum sg_marker {
  SG_MARK_OTHER = 0,    /* nothing that is measured */
  SG_MARK_LOAD = 1,     /* from the file of the model to a model that can run */
  SG_MARK_OPERATOR = 2, /* one operator of a run */
  SG_MARK_RUN = 3       /* the rest of a run, or all of it */
};
#define SG_MARKER_NAMES {"other", "load", "operator", "run"}
enum { SG_MARKERS = 4, SG_FIRST_HINT = 96 };

#define SG_MARK(marker) __asm__ volatile("hint %0\n\tisb" : : "i"(SG_FIRST_HINT + (marker)) : "memory")

/* runtime/run.c of a measured program, which is compiled with -include of this file, sets a marker after each operator.
 */
#define SG_OPERATOR_DONE(index) SG_MARK(SG_MARK_OPERATOR)

#endif
